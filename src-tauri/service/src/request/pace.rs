//! [`Pace`]: ends a run at a whole line when there is no time for another one.
//!
//! It is asked after every token. Nothing is lost by going on, since the text up to the last
//! boundary is kept anyway; what is saved is the wait for a line that will not be finished. It
//! therefore looks at the hard maximum, not at the target, and stops only at a boundary, and only
//! if not even the shortest line of this completion would fit. A completion that has time to end
//! by itself is left alone, and a line (which has no boundary before its end) always is.

use std::ops::ControlFlow;
use std::time::Duration;

use pounce_engine::Mode;

use super::boundary::n_whole_lines;

/// A line of one token and its end: nothing useful is shorter.
const MIN_LINE_TOKENS: usize = 2;
/// Weight of the newest step in the running average.
const NEWEST: f64 = 0.2;

/// Decides after every token of one run whether it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    mode: Mode,
    /// Seconds per token: from earlier runs, corrected by every step. `None` before the first.
    step: Option<f64>,
    n_lines: usize,
    /// Tokens when the last boundary was passed.
    tokens_at_line: usize,
    shortest_line: Option<usize>,
    last: Option<(usize, Duration)>,
}

impl Pace {
    /// `time_per_token` is that of the model's earlier runs; `None` if there were none.
    pub(crate) fn new(mode: Mode, time_per_token: Option<Duration>) -> Self {
        Self {
            mode,
            step: time_per_token.map(|time| time.as_secs_f64()),
            n_lines: 0,
            tokens_at_line: 0,
            shortest_line: None,
            last: None,
        }
    }

    /// Decides after `n_tokens` have become `text`, `elapsed` after the run began and with `remaining`
    /// until the maximum.
    pub(crate) fn next(
        &mut self,
        text: &str,
        n_tokens: usize,
        elapsed: Duration,
        remaining: Duration,
    ) -> ControlFlow<()> {
        self.learn(n_tokens, elapsed);
        if remaining.is_zero() {
            return ControlFlow::Break(());
        }
        let n_lines = n_whole_lines(text, self.mode);
        if n_lines <= self.n_lines {
            return ControlFlow::Continue(());
        }
        let line = n_tokens.saturating_sub(self.tokens_at_line).max(MIN_LINE_TOKENS);
        self.shortest_line = Some(self.shortest_line.map_or(line, |shortest| shortest.min(line)));
        (self.n_lines, self.tokens_at_line) = (n_lines, n_tokens);
        if self.next_line() > remaining {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// The least time that another line takes.
    fn next_line(&self) -> Duration {
        let tokens = self.shortest_line.unwrap_or(MIN_LINE_TOKENS);
        Duration::from_secs_f64(self.step.unwrap_or(0.0) * tokens as f64)
    }

    fn learn(&mut self, n_tokens: usize, elapsed: Duration) {
        let last = self.last.replace((n_tokens, elapsed));
        let Some((tokens_before, elapsed_before)) = last else { return };
        let tokens = n_tokens.saturating_sub(tokens_before);
        if tokens > 0 {
            let newest = elapsed.saturating_sub(elapsed_before).as_secs_f64() / tokens as f64;
            self.step = Some(self.step.map_or(newest, |step| step + NEWEST * (newest - step)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEP: Duration = Duration::from_millis(5);

    /// Plays lines of the given token counts at 5 ms a token; returns the tokens after which the
    /// pace stopped it.
    fn play(mode: Mode, lines: &[usize], maximum: Duration) -> Option<usize> {
        let mut pace = Pace::new(mode, Some(STEP));
        let mut text = String::new();
        let mut n_tokens = 0;
        for line in lines {
            for token in 1..=*line {
                n_tokens += 1;
                text.push_str(if token == *line { "x\n" } else { "x " });
                let elapsed = STEP * n_tokens as u32;
                if pace.next(&text, n_tokens, elapsed, maximum.saturating_sub(elapsed)).is_break() {
                    return Some(n_tokens);
                }
            }
        }
        None
    }

    #[test]
    fn it_stops_at_the_last_line_that_fits() {
        let check = |lines: &[usize], maximum_ms: u64, stopped: Option<usize>| {
            let got = play(Mode::Block, lines, Duration::from_millis(maximum_ms));
            assert_eq!(got, stopped, "lines of {lines:?} tokens in {maximum_ms} ms");
        };
        check(&[10, 10, 10], 200, None);
        check(&[10, 10, 10], 120, Some(20));
        check(&[10, 10, 10], 101, Some(20));
        check(&[10, 2, 10], 75, Some(10));
        check(&[10, 10], 100, Some(20));
    }

    #[test]
    fn a_line_is_never_stopped_before_the_maximum() {
        assert_eq!(
            play(Mode::Line, &[10, 10, 10], Duration::from_millis(101)),
            Some(21),
            "only time ends it"
        );
    }

    proptest! {
        /// What fits is never cut: all lines but the last are at least as long as the shortest so
        /// far, so a run that ends within the maximum is not touched.
        #[test]
        fn a_completion_with_time_to_end_is_left_alone(
            mut lines in prop::collection::vec(2_usize..12, 1..8),
            spare_ms in 1_u64..50,
        ) {
            // The pace knows the shortest line so far; let the lengths not shrink after the first.
            lines.sort_unstable();
            let n_tokens: usize = lines.iter().sum();
            let maximum = STEP * n_tokens as u32 + Duration::from_millis(spare_ms);
            prop_assert_eq!(play(Mode::Block, &lines, maximum).filter(|n| *n < n_tokens), None);
        }

        /// And what does not fit is stopped at a line's end or by the maximum, never past it.
        #[test]
        fn it_never_runs_past_the_maximum(lines in prop::collection::vec(1_usize..12, 1..8), maximum_ms in 1_u64..300) {
            let maximum = Duration::from_millis(maximum_ms);
            if let Some(n_tokens) = play(Mode::Free, &lines, maximum) {
                let excess = (STEP * n_tokens as u32).saturating_sub(maximum);
                prop_assert!(excess < STEP, "one decode step at most");
            }
        }
    }
}
