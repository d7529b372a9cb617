//! [`prompt_budget`]: how much of a prompt there is time to read.
//!
//! A long snippet is worth more than a short one only while its completion still comes in time. The
//! speeds are those measured on this machine; where none are known, nothing is left out.

use std::time::Duration;

use pounce_engine::Mode;

use super::typical::typical_tokens;
use crate::calibration::Speed;

/// The least that is read however slow the machine: the embedded model was trained on no less.
const MIN_TOKENS: usize = 64;
/// Budgets are multiples of this, so that small changes of speed do not clip the same code elsewhere
/// every time.
const STEP: usize = 32;

/// Prompt tokens that can be read so that a typical completion of `mode` ends within `left`.
pub(crate) fn prompt_budget(speed: Speed, mode: Mode, left: Duration) -> usize {
    let for_reading = left.saturating_sub(speed.expected(0, typical_tokens(mode)));
    let per_token = speed.encode_per_token().as_secs_f64();
    // A speed of zero means no limit: the division gives infinity, and the cast the largest number.
    let n_tokens = (for_reading.as_secs_f64() / per_token) as usize;
    (n_tokens / STEP * STEP).max(MIN_TOKENS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_leaves_time_to_write() {
        let check = |encode_us: u64, decode_us: u64, mode: Mode, left_ms: u64, budget: usize| {
            let speed =
                Speed::new(Duration::from_micros(encode_us), Duration::from_micros(decode_us));
            let found = prompt_budget(speed, mode, Duration::from_millis(left_ms));
            assert_eq!(found, budget, "{encode_us} and {decode_us} us a token, {left_ms} ms left");
        };
        check(200, 1_000, Mode::Line, 100, 416);
        check(200, 1_000, Mode::Block, 100, 288);
        check(2_000, 1_000, Mode::Line, 200, 64);
        check(200, 1_000, Mode::Line, 12, 64);
        check(200, 1_000, Mode::Line, 0, 64);
        assert!(
            prompt_budget(
                Speed::new(Duration::ZERO, Duration::ZERO),
                Mode::Line,
                Duration::from_millis(1)
            ) > 1_000_000,
            "what takes no time has no limit"
        );
    }

    #[test]
    fn a_slightly_slower_run_clips_at_the_same_place() {
        let budget = |encode_us| {
            let speed = Speed::new(Duration::from_micros(encode_us), Duration::from_millis(1));
            prompt_budget(speed, Mode::Line, Duration::from_millis(100))
        };
        assert_eq!(budget(205), budget(200), "otherwise a decoder would read its prompt again");
    }
}
