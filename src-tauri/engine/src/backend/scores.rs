//! What is read off a row of scores, `[vocab_size]`.

use super::graph::TokenId;

/// The first of the highest scores.
pub(crate) fn arg_max(scores: &[f32]) -> TokenId {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let place = scores.iter().position(|&score| score == highest).unwrap_or_default();
    TokenId::try_from(place).expect("a vocabulary has fewer than four billion tokens")
}

/// The two highest scores, the higher one first.
pub(crate) fn best_two(scores: &[f32]) -> [f32; 2] {
    scores.iter().fold([f32::NEG_INFINITY; 2], |[best, second], &score| {
        [best.max(score), second.max(score.min(best))]
    })
}
