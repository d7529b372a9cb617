//! [`Score`]: sums over the cases of one row.

use std::time::Duration;

use pounce_engine::Generation;
use pounce_fitting::Candidate;

use super::inside_line::InsideLine;
use super::report::{Drafts, Row};
use crate::percentiles::Percentiles;

/// Sums over the cases of one row.
#[derive(Debug, Default)]
pub(super) struct Score {
    n_exact: usize,
    /// Cases of which one candidate is exact.
    n_exact_of_all: usize,
    /// What looking for other candidates took, for every case.
    pub(super) searches: Vec<Duration>,
    pub(super) inside_line: InsideLine,
    similarity: f64,
    latencies: Vec<Duration>,
    n_tokens: usize,
    n_runs: usize,
    /// Of every case completed without drafts.
    plain_latencies: Vec<Duration>,
    n_identical: usize,
}

impl Score {
    /// Adds the cost of a completion.
    pub(super) fn add(&mut self, generation: &Generation, latency: Duration) {
        self.latencies.push(latency);
        self.n_tokens += generation.n_tokens();
        self.n_runs += generation.n_decoder_runs;
    }

    /// Adds the same completion without drafts.
    pub(super) fn compare(&mut self, drafted: &Generation, plain: &Generation, latency: Duration) {
        self.plain_latencies.push(latency);
        self.n_identical += usize::from(drafted.token_ids == plain.token_ids);
    }

    /// Compares a completion with what stands there.
    pub(super) fn judge(&mut self, completion: &str, target: &str) {
        let (completion, target) = (completion.trim_end(), target.trim_end());
        self.n_exact += usize::from(completion == target);
        self.similarity += strsim::normalized_levenshtein(completion, target);
    }

    /// Looks for what stands there among all candidates.
    pub(super) fn judge_all<'a>(
        &mut self,
        mut candidates: impl Iterator<Item = &'a Candidate>,
        target: &str,
    ) {
        let is_exact = |it: &Candidate| it.fitted.text.trim_end() == target.trim_end();
        self.n_exact_of_all += usize::from(candidates.any(is_exact));
    }

    /// The shares, of at least one case.
    pub(super) fn row(self, name: &'static str) -> Row {
        let n = self.latencies.len() as f64;
        Row {
            context: name,
            exact_match: self.n_exact as f64 / n,
            exact_match_at_3: self.n_exact_of_all as f64 / n,
            search: Percentiles::of(self.searches),
            edit_similarity: self.similarity / n,
            latency: Percentiles::of(self.latencies),
            inside_line: self.inside_line.shares(),
            tokens_per_run: self.n_tokens as f64 / self.n_runs as f64,
            drafts: (!self.plain_latencies.is_empty()).then(|| Drafts {
                identical: self.n_identical,
                latency_without: Percentiles::of(self.plain_latencies),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_at_the_end_does_not_count() {
        let mut score = Score {
            latencies: vec![Duration::ZERO; 3],
            searches: vec![Duration::ZERO; 3],
            n_runs: 1,
            ..Score::default()
        };
        score.judge("return x", "return x  ");
        score.judge(" return x", "return x");
        score.judge("", "ab");
        let row = score.row("test");
        assert!(
            (row.exact_match - 1.0 / 3.0).abs() < 1e-9,
            "only the first is exact: {}",
            row.exact_match
        );
        let expected = (1.0 + 8.0 / 9.0 + 0.0) / 3.0;
        assert!(
            (row.edit_similarity - expected).abs() < 1e-9,
            "one of nine characters differs in the second"
        );
    }
}
