//! [`Company`]: whether a step is done by all threads together, or by the caller alone.
//!
//! Threads that meet dozens of times a step lose more than they gain as soon as one of them has to wait for a core:
//! with one of two cores busy, a step of half a millisecond takes three, and one alone takes less than one. So when
//! steps together take longer than one alone, some are done alone, and then company is tried again.

use std::time::Duration;

/// Crowded steps, but for as many that were not, after which the next are done alone.
const PATIENCE: u32 = 2;
/// Steps that are done alone at first, to know what they take.
const TRIAL: u32 = 4;
/// Steps that are done alone before company is tried again: twice as many each time that it fails.
const SPANS: [u32; 2] = [16, 256];
/// How fast the quickest step alone is forgotten, because longer prompts take longer: by a 64th a step.
const FORGETTING: u32 = 64;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Company {
    /// What a step alone takes when nothing disturbs it, once that is known.
    alone: Option<Duration>,
    /// Crowded steps that others did not make good.
    strikes: u32,
    /// Steps that are yet to be done alone.
    n_left: u32,
    /// How many it will be next time.
    span: u32,
}

impl Default for Company {
    fn default() -> Self {
        Self { alone: None, strikes: 0, n_left: TRIAL, span: SPANS[0] }
    }
}

impl Company {
    /// Whether the next step is to be done alone.
    pub(crate) fn is_alone(&self) -> bool {
        self.n_left > 0
    }

    /// Takes note of what the step has taken.
    pub(crate) fn note(&mut self, elapsed: Duration) {
        if self.is_alone() {
            self.n_left -= 1;
            self.alone = Some(self.alone.map_or(elapsed, |alone| quickest(alone, elapsed)));
        } else if self.alone.is_some_and(|alone| elapsed > alone * 3 / 2) {
            self.note_crowd();
        } else {
            self.strikes = self.strikes.saturating_sub(1);
            if self.strikes == 0 {
                self.span = SPANS[0];
            }
        }
    }

    fn note_crowd(&mut self) {
        self.strikes += 1;
        if self.strikes >= PATIENCE {
            self.n_left = self.span;
            self.span = (2 * self.span).min(SPANS[1]);
            // One more crowded step will be enough to see that nothing has changed.
            self.strikes = PATIENCE - 1;
        }
    }
}

fn quickest(before: Duration, next: Duration) -> Duration {
    (before + before / FORGETTING).min(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Duration = Duration::from_micros(500);
    const CROWD: Duration = Duration::from_micros(2_700);
    const ALONE: Duration = Duration::from_micros(800);

    /// Notes `n` steps; gives how many were alone.
    fn steps(company: &mut Company, n: u32, together: Duration, alone: Duration) -> u32 {
        let step = |_: &u32| {
            let is_alone = company.is_alone();
            company.note(if is_alone { alone } else { together });
            is_alone
        };
        (0..n).filter(step).count() as u32
    }

    #[test]
    fn company_is_kept_while_it_is_quick_and_left_in_a_crowd() {
        let mut company = Company::default();
        assert_eq!(steps(&mut company, 100, GOOD, ALONE), TRIAL, "nothing disturbs");
        assert_eq!(steps(&mut company, 1, CROWD, ALONE), 0, "once is nothing");
        assert_eq!(steps(&mut company, 100, GOOD, ALONE), 0, "and forgotten");
        let alone = steps(&mut company, 300, CROWD, ALONE);
        assert!(alone > 290, "{alone} of 300 in a crowd");
    }

    #[test]
    fn a_crowd_that_was_there_from_the_beginning_is_noticed() {
        let mut company = Company::default();
        let alone = steps(&mut company, 300, CROWD, ALONE);
        assert!(alone > 290, "{alone} of 300");
    }

    #[test]
    fn company_is_found_again_when_the_crowd_has_gone() {
        let mut company = Company::default();
        steps(&mut company, 1_000, CROWD, ALONE);
        let alone = steps(&mut company, 1_000, GOOD, ALONE);
        assert!(alone <= SPANS[1], "{alone} of 1,000 are alone, and not more than one span");
        assert_eq!(steps(&mut company, 100, GOOD, ALONE), 0, "all is as before");
        let alone = steps(&mut company, 2 + SPANS[0], CROWD, ALONE);
        assert_eq!(alone, SPANS[0], "and the next crowd begins with a short span");
    }

    #[test]
    fn a_crowd_of_many_threads_may_be_quicker_than_one() {
        let mut company = Company::default();
        let alone = steps(&mut company, 300, CROWD, 2 * CROWD);
        assert_eq!(alone, TRIAL, "steps alone would take twice as long");
    }

    #[test]
    fn a_longer_prompt_is_no_crowd_for_long() {
        let mut company = Company::default();
        steps(&mut company, 100, GOOD, ALONE);
        let alone = steps(&mut company, 300, 3 * GOOD, 3 * ALONE);
        assert!(alone < 100, "{alone} of 300, until it is known what they take now");
    }
}
