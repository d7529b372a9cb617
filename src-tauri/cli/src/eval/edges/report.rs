//! [`Report`]: how many cases of each kind pass, and what the others got.

use std::fmt;

use serde::Serialize;

use super::case::{Case, Verdict};
use crate::table::Table;

/// What became of one case.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    id: String,
    kind: String,
    completion: String,
    /// The name of the language that was taken; `None` if the input was refused.
    language: Option<&'static str>,
    /// The filter that rejected what the model wrote.
    rejected: Option<&'static str>,
    /// Whether the fault is not there.
    clean: bool,
    /// Whether it is clean and one of the right completions.
    passed: bool,
    #[serde(skip)]
    why: String,
}

impl Answer {
    pub(super) fn new(
        case: &Case,
        completion: String,
        language: Option<&'static str>,
        rejected: Option<&'static str>,
        verdict: Verdict,
    ) -> Self {
        Self {
            id: case.id.clone(),
            kind: case.kind.clone(),
            completion,
            language,
            rejected,
            clean: !verdict.is_faulty,
            passed: !verdict.is_faulty && verdict.is_accepted,
            why: case.why.clone(),
        }
    }
}

/// Counts of one kind, or of all.
#[derive(Debug, Serialize)]
struct Row {
    kind: String,
    passed: usize,
    clean: usize,
    cases: usize,
}

impl Row {
    fn of(kind: &str, answers: &[&Answer]) -> Self {
        let count = |holds: fn(&Answer) -> bool| answers.iter().filter(|it| holds(it)).count();
        Self {
            kind: kind.to_owned(),
            passed: count(|answer| answer.passed),
            clean: count(|answer| answer.clean),
            cases: answers.len(),
        }
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    rows: Vec<Row>,
    answers: Vec<Answer>,
}

impl Report {
    /// Of a model's answers, in any order.
    pub(super) fn new(model: String, mut answers: Vec<Answer>) -> Self {
        answers.sort_by(|a, b| a.kind.cmp(&b.kind));
        let all: Vec<&Answer> = answers.iter().collect();
        let by_kind = all.chunk_by(|a, b| a.kind == b.kind);
        let mut rows: Vec<Row> =
            by_kind.map(|answers| Row::of(&answers[0].kind, answers)).collect();
        rows.push(Row::of("all", &all));
        Self { model, rows, answers }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: inputs of the kinds that go wrong, greedy", self.model)?;
        let mut table = Table::new(["kind", "passed", "clean", "cases"]);
        for row in &self.rows {
            table.push([
                row.kind.clone(),
                row.passed.to_string(),
                row.clean.to_string(),
                row.cases.to_string(),
            ]);
        }
        write!(f, "{table}")?;
        for answer in self.answers.iter().filter(|answer| !answer.passed) {
            let fault = if answer.clean { "not accepted" } else { "the fault is there" };
            let Answer { kind, id, completion, why, .. } = answer;
            writeln!(f, "\n{kind} {id}, {fault}: {completion:?}\n  right: {why}")?;
        }
        Ok(())
    }
}
