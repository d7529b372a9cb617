//! Readings of one row of logits, `[vocab_size]`.

use super::graph::TokenId;

/// The token with the highest score; the first of several.
pub(crate) fn arg_max(scores: &[f32]) -> TokenId {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let place = scores.iter().position(|&score| score == highest).unwrap_or_default();
    TokenId::try_from(place).expect("a vocabulary has fewer than four billion tokens")
}

/// How far the highest score is above the second highest.
pub(crate) fn top2_margin(scores: &[f32]) -> f32 {
    let [best, second] = scores.iter().fold([f32::NEG_INFINITY; 2], |[best, second], &score| {
        [best.max(score), second.max(score.min(best))]
    });
    best - second
}
