//! [`Pastes`]: how many pastes get an accepted answer, by their time after the request.

use std::fmt;
use std::time::Duration;

use super::until_paste::Answers;
use crate::table::Table;

/// When people paste, in milliseconds after the request.
const TIMES_MS: [u64; 6] = [50, 100, 150, 300, 600, 1_000];

/// Whether each answer is accepted.
#[derive(Debug)]
pub(super) struct Pastes(Vec<Answers<bool>>);

/// What pastes get at one time, as shares of all.
#[derive(Debug, Default, PartialEq)]
struct Row {
    /// The first answer.
    first: f64,
    /// The larger model's.
    better: f64,
    /// Either, and it is accepted.
    accepted: f64,
}

impl Pastes {
    /// Of at least one request.
    pub(super) fn new(answers: Vec<Answers<bool>>) -> Self {
        Self(answers)
    }

    fn row(&self, time: Duration) -> Row {
        let share = 1.0 / self.0.len() as f64;
        let mut row = Row::default();
        for Answers { first, better } in &self.0 {
            let better = better.filter(|better| better.after <= time);
            let first = Some(*first).filter(|first| first.after <= time && better.is_none());
            row.first += share * f64::from(u8::from(first.is_some()));
            row.better += share * f64::from(u8::from(better.is_some()));
            let is_accepted = better.or(first).is_some_and(|pasted| pasted.answer);
            row.accepted += share * f64::from(u8::from(is_accepted));
        }
        row
    }
}

impl fmt::Display for Pastes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} snippets, one line each: what a paste gets", self.0.len())?;
        let mut table = Table::new(["pasted after", "first answer", "larger model's", "accepted"]);
        for ms in TIMES_MS {
            let Row { first, better, accepted } = self.row(Duration::from_millis(ms));
            let shares = [first, better, accepted].map(|share| format!("{share:.2}"));
            let [first, better, accepted] = shares;
            table.push([format!("{ms} ms"), first, better, accepted]);
        }
        write!(f, "{table}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::until_paste::Timed;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_paste_gets_what_is_there_by_then() {
        let first = Timed { answer: false, after: 40 * MS };
        let better = Some(Timed { answer: true, after: 200 * MS });
        let right = Answers { first: Timed { answer: true, after: 60 * MS }, better: None };
        let pastes = Pastes::new(vec![Answers { first, better }, right]);
        let check = |ms, first, better, accepted| {
            assert_eq!(pastes.row(ms * MS), Row { first, better, accepted }, "at {ms} ms");
        };
        check(30, 0.0, 0.0, 0.0);
        check(50, 0.5, 0.0, 0.0);
        check(100, 1.0, 0.0, 0.5);
        check(300, 0.5, 0.5, 1.0);
    }
}
