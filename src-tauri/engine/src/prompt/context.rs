//! [`Context`]: the code around the cursor, cut to what fits the prompt.

use crate::backend::graph::TokenId;

/// The suffix gets at most 1/SUFFIX_SHARE of the token budget, as in the embedded model's training.
const SUFFIX_SHARE: usize = 3;

/// The tokens on both sides of the cursor.
pub(super) struct Context {
    pub(super) prefix: Vec<TokenId>,
    pub(super) suffix: Vec<TokenId>,
    /// Whether code was left out on either side.
    pub(super) is_clipped: bool,
}

impl Context {
    /// Keeps the `budget` tokens next to the cursor, at most `max_prefix` of them before it. The
    /// prefix loses a multiple of `step`, but never its last token.
    pub(super) fn clip(&mut self, budget: usize, max_prefix: usize, step: usize) {
        let n_before = self.prefix.len() + self.suffix.len();
        self.suffix.truncate(budget / SUFFIX_SHARE);
        let n_prefix = self.prefix.len().min(budget - self.suffix.len()).min(max_prefix);
        let n_dropped = (self.prefix.len() - n_prefix).next_multiple_of(step);
        self.prefix.drain(..n_dropped.min(self.prefix.len().saturating_sub(1)));
        self.is_clipped |= self.prefix.len() + self.suffix.len() < n_before;
    }
}

/// The last `max_bytes` of `text`, from the start of a line if one is in the first half of them.
pub(super) fn text_end(text: &str, max_bytes: usize) -> &str {
    let Some(start) = text.len().checked_sub(max_bytes) else { return text };
    let start = text.ceil_char_boundary(start);
    let line = text[start..].find('\n').filter(|n| *n < max_bytes / 2).unwrap_or(0);
    &text[start + line..]
}

/// The first `max_bytes` of `text`.
pub(super) fn text_start(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes.min(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(n_prefix: u32, n_suffix: u32) -> Context {
        let suffix = (100..100 + n_suffix).collect();
        Context { prefix: (0..n_prefix).collect(), suffix, is_clipped: false }
    }

    #[test]
    fn texts_are_cut_on_characters_and_lines() {
        assert_eq!(
            text_end("abc\ndefghijkl", 12),
            "\ndefghijkl",
            "from the line that starts nearby"
        );
        assert_eq!(text_end("ééé", 3), "é", "a character is never split");
        assert_eq!(text_end("ab", 5), "ab");
        assert_eq!(text_start("ééé", 3), "é");
        assert_eq!(text_start("ab", 5), "ab");
    }

    #[test]
    fn clipping_keeps_the_tokens_next_to_the_cursor() {
        let check =
            |n_prefix: u32, n_suffix: u32, budget, kept_prefix: &[u32], kept_suffix: &[u32]| {
                let mut code = context(n_prefix, n_suffix);
                code.clip(budget, budget, 1);
                assert_eq!(
                    (code.prefix.as_slice(), code.suffix.as_slice()),
                    (kept_prefix, kept_suffix),
                    "{budget} of {n_prefix} and {n_suffix}"
                );
                assert_eq!(
                    code.is_clipped,
                    kept_prefix.len() + kept_suffix.len() < (n_prefix + n_suffix) as usize
                );
            };
        check(3, 2, 9, &[0, 1, 2], &[100, 101]);
        check(9, 0, 4, &[5, 6, 7, 8], &[]);
        check(9, 9, 6, &[5, 6, 7, 8], &[100, 101]);
        check(9, 1, 6, &[4, 5, 6, 7, 8], &[100]);
        check(1, 9, 6, &[0], &[100, 101]);
    }

    #[test]
    fn a_shorter_limit_of_the_prefix_leaves_the_suffix_alone() {
        let mut code = context(9, 3);
        code.clip(12, 2, 1);
        assert_eq!((code.prefix, code.suffix), (vec![7, 8], vec![100, 101, 102]));
    }

    #[test]
    fn clipping_in_steps_keeps_the_beginning_while_a_prefix_grows() {
        let first_kept = |n_prefix: u32| {
            let mut code = context(n_prefix, 0);
            code.clip(32, 32, 4);
            assert!(code.prefix.len() <= 32, "{n_prefix} tokens do not go beyond the budget");
            assert_eq!(code.prefix.last(), Some(&(n_prefix - 1)), "the cursor's token stays");
            code.prefix[0]
        };
        let found: Vec<u32> = [32, 33, 36, 37, 40, 41].into_iter().map(first_kept).collect();
        assert_eq!(found, [0, 4, 4, 8, 8, 12], "four tokens are written before it moves");
    }
}
