//! Readings of one row of logits, `[vocab_size]`.

use super::graph::TokenId;

/// The token with the highest score; the first of several.
pub(crate) fn arg_max(scores: &[f32]) -> TokenId {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let place = scores.iter().position(|&score| score == highest).unwrap_or_default();
    TokenId::try_from(place).expect("a vocabulary has fewer than four billion tokens")
}

/// The logarithm of the sum of the exponentials of `scores`. Terms that are smaller than the largest
/// one by a factor of 2 billion are left out: all those of a vocabulary together change the result
/// by less than 1e-4.
fn log_sum_exp(scores: &[f32]) -> f32 {
    const LEAST: f32 = -21.5;
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let differences = scores.iter().map(|score| score - highest);
    highest + differences.filter(|x| *x > LEAST).map(f32::exp).sum::<f32>().ln()
}

/// The logarithm of the probability that `scores` give to `token`.
pub(crate) fn log_prob(scores: &[f32], token: TokenId) -> f32 {
    scores[token as usize] - log_sum_exp(scores)
}

/// How far the highest score is above the second highest.
pub(crate) fn top2_margin(scores: &[f32]) -> f32 {
    let [best, second] = scores.iter().fold([f32::NEG_INFINITY; 2], |[best, second], &score| {
        [best.max(score), second.max(score.min(best))]
    });
    best - second
}
