//! [`assess`]: asks a model all cases, in the form that turns out to be the best.

use std::io;
use std::ops::ControlFlow;

use pounce_engine::{EngineError, PromptForm};
use pounce_fitting::Candidate;
use pounce_models::catalog::{ContextKind, ContextQuality};

use super::case::Case;
use super::outcome::Outcome;
use super::record::Record;
use super::result::Assessment;
use crate::confidence::{ConfidenceModel, Example, fit_near};

/// A model that is assessed.
pub trait Subject {
    /// What it has for a case, asked in a form: the best candidate, fitted to the place.
    ///
    /// # Errors
    /// Those of the engine.
    fn complete(&mut self, case: &Case, form: PromptForm) -> Result<Candidate, EngineError>;
}

/// Why an assessment has no result.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The caller wanted it.
    #[error("it was stopped, and goes on from there next time")]
    ByCaller,
    /// The model failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The outcomes cannot be recorded.
    #[error(transparent)]
    Storage(#[from] io::Error),
}

/// Another form, and the kind of context in which it is compared with the one that is the best so far.
struct Trial {
    kind: ContextKind,
    change: fn(PromptForm) -> PromptForm,
}

/// The forms that are tried.
const TRIALS: [Trial; 3] = [
    Trial {
        kind: ContextKind::Suffix,
        change: |form| PromptForm { shows_lines_below: false, ..form },
    },
    Trial {
        kind: ContextKind::StandingAlone,
        change: |form| PromptForm { names_language: true, ..form },
    },
    Trial {
        kind: ContextKind::Prefix,
        change: |form| PromptForm { max_prefix_tokens: Some(SHORT_PREFIX), ..form },
    },
];

/// Tokens before the cursor in a form that shows only what is near it: some fifteen lines.
const SHORT_PREFIX: usize = 160;

/// Standard errors above which a mean that is zero lies by chance in one of twenty samples.
const ONE_OF_TWENTY: f64 = 1.645;

/// Asks the `subject` every case, and calls `on_progress` with the share that is done.
///
/// # Errors
/// [`Stopped`]. What is in the `record` by then need not be done again.
pub fn assess(
    subject: &mut dyn Subject,
    cases: &[Case],
    record: &mut Record,
    on_progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Assessment, Stopped> {
    let n_of = |trial: &Trial| cases.iter().filter(|case| case.kind == trial.kind).count();
    let n_runs = cases.len() + 2 * TRIALS.iter().map(n_of).sum::<usize>();
    let mut asking = Asking { subject, cases, record, on_progress, n_done: 0, n_runs };
    let mut form = PromptForm::default();
    for trial in TRIALS {
        let (known, other) = asking.compare(&trial, form)?;
        if is_better(&other, &known) {
            form = (trial.change)(form);
        }
    }
    let outcomes = ContextKind::ALL.map(|kind| asking.outcomes(kind, form));
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, Stopped>>()?;
    Ok(result(form, &outcomes))
}

/// The cases on their way to a model.
struct Asking<'a> {
    subject: &'a mut dyn Subject,
    cases: &'a [Case],
    record: &'a mut Record,
    on_progress: &'a mut dyn FnMut(f64) -> ControlFlow<()>,
    /// Outcomes that were needed so far, and that will have been at the end; some of them twice.
    n_done: usize,
    n_runs: usize,
}

impl Asking<'_> {
    /// The outcomes of all cases of a kind in one form: those of the record, and new ones.
    fn outcomes(&mut self, kind: ContextKind, form: PromptForm) -> Result<Vec<Outcome>, Stopped> {
        of_kind(self.cases, kind).map(|(number, case)| self.outcome(number, case, form)).collect()
    }

    /// The outcomes of a trial's cases in a form, and in the other form. Each case is asked in both in
    /// turn: a decoder-only model reads only once what the prompts begin with alike.
    fn compare(
        &mut self,
        trial: &Trial,
        form: PromptForm,
    ) -> Result<(Vec<Outcome>, Vec<Outcome>), Stopped> {
        let cases = self.cases;
        let ask_both = |(number, case)| {
            let known = self.outcome(number, case, form)?;
            Ok((known, self.outcome(number, case, (trial.change)(form))?))
        };
        of_kind(cases, trial.kind).map(ask_both).collect()
    }

    fn outcome(
        &mut self,
        number: usize,
        case: &Case,
        form: PromptForm,
    ) -> Result<Outcome, Stopped> {
        if (self.on_progress)(self.n_done as f64 / self.n_runs as f64).is_break() {
            return Err(Stopped::ByCaller);
        }
        self.n_done += 1;
        if let Some(known) = self.record.get(&form, number) {
            return Ok(known);
        }
        let outcome = Outcome::of(case, &self.subject.complete(case, form)?);
        self.record.add(form, number, outcome)?;
        Ok(outcome)
    }
}

/// The cases of a kind, with their numbers.
fn of_kind(cases: &[Case], kind: ContextKind) -> impl Iterator<Item = (usize, &Case)> {
    cases.iter().enumerate().filter(move |(_, case)| case.kind == kind)
}

/// Whether outcomes are worth more than others of the same cases, by so much that chance would have it so
/// in one of twenty models.
fn is_better(outcomes: &[Outcome], than: &[Outcome]) -> bool {
    let gains: Vec<f64> =
        outcomes.iter().zip(than).map(|(one, other)| one.worth() - other.worth()).collect();
    let mean = mean(gains.iter().copied());
    let variance = self::mean(gains.iter().map(|gain| (gain - mean).powi(2)));
    mean > ONE_OF_TWENTY * (variance / gains.len().max(1) as f64).sqrt()
}

/// The result of the outcomes of each kind.
fn result(form: PromptForm, outcomes: &[Vec<Outcome>]) -> Assessment {
    let quality = ContextQuality::new(|kind| {
        let of_kind = outcomes[kind as usize].iter();
        match kind {
            ContextKind::Block => mean(of_kind.map(|outcome| outcome.similarity)),
            _ => mean(of_kind.map(|outcome| f64::from(u8::from(outcome.is_right)))),
        }
    });
    // Blocks are seldom right to the last letter, and not what a level is about.
    let lines = ContextKind::ALL.into_iter().filter(|kind| *kind != ContextKind::Block);
    let examples: Vec<Example> =
        lines.flat_map(|kind| &outcomes[kind as usize]).filter_map(Outcome::example).collect();
    Assessment { form, quality, confidence: fit_near(&examples, &ConfidenceModel::built_in()) }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use pounce_engine::{FinishReason, Generation};
    use pounce_fitting::Fitted;
    use pounce_models::registry::InstalledModel;
    use tempfile::TempDir;

    use super::super::case::cases;
    use super::*;
    use crate::engines::fake::{FakeLoader, FakeModel};

    /// Completes rightly where the form is one that helps it.
    struct Learner {
        helps: fn(&Case, PromptForm) -> bool,
        n_asked: usize,
    }

    impl Subject for Learner {
        fn complete(&mut self, case: &Case, form: PromptForm) -> Result<Candidate, EngineError> {
            self.n_asked += 1;
            let is_right = (self.helps)(case, form);
            let text = if is_right { case.target.clone() } else { "?".to_owned() };
            let log_probs = vec![if is_right { -0.1 } else { -3.0 }; 3];
            let generation = Generation::of_text(text.clone(), 3, FinishReason::Stop);
            let fitted = Fitted { text, applied: Vec::new(), rejected: None };
            Ok(Candidate { generation: Generation { log_probs, ..generation }, fitted })
        }
    }

    fn model() -> InstalledModel {
        let registry = FakeLoader::new([("m", FakeModel::default())]).registry();
        registry.get(&"m".into()).unwrap().clone()
    }

    fn run(
        learner: &mut Learner,
        folder: &TempDir,
        on_progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Assessment, Stopped> {
        let cases = cases();
        let mut record = Record::open(folder.path().join("m.json"), &model(), &cases);
        assess(learner, &cases, &mut record, on_progress)
    }

    #[test]
    fn the_form_that_helps_is_found() {
        let helps = |case: &Case, form: PromptForm| {
            form.names_language && (case.kind != ContextKind::Suffix || !form.shows_lines_below)
        };
        let helps_below = |_: &Case, form: PromptForm| form.shows_lines_below;
        let check = |helps, expected: PromptForm| {
            let folder = TempDir::new().unwrap();
            let mut learner = Learner { helps, n_asked: 0 };
            let found = run(&mut learner, &folder, &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(found.form, expected);
            found
        };
        let form = PromptForm { names_language: true, ..PromptForm::default() };
        let found = check(helps, form);
        assert_eq!(found.quality.standing_alone, 1.0, "it is asked in the form that it is best in");
        assert_eq!(found.quality.suffix, 0.0, "hiding lines alone did not help, so they are shown");
        check(helps_below, PromptForm::default());
    }

    #[test]
    fn an_assessment_goes_on_where_it_was_stopped() {
        let folder = TempDir::new().unwrap();
        let helps = |case: &Case, _: PromptForm| case.target.len().is_multiple_of(2);
        let mut learner = Learner { helps, n_asked: 0 };
        let mut until_half = |done: f64| match done {
            0.0..0.5 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let stopped = run(&mut learner, &folder, &mut until_half);
        assert!(matches!(stopped, Err(Stopped::ByCaller)));
        let (n_before, mut last) = (learner.n_asked, 0.0);
        let whole = run(&mut learner, &folder, &mut |done| {
            assert!(done < 1.0, "progress is a share: {done}");
            last = done;
            ControlFlow::Continue(())
        });
        assert!(last > 0.9, "it gets to the end: {last}");
        let n_all = learner.n_asked;
        assert!(
            n_all < 2 * n_before + 20,
            "the first half is not asked again: {n_before}, {n_all}"
        );
        let confidence = whole.unwrap().confidence.expect("some are right and some are wrong");
        let probability = |sum: f32| {
            let generation = Generation::of_text("x".to_owned(), 3, FinishReason::Stop);
            let generation = Generation { log_probs: vec![sum / 3.0; 3], ..generation };
            let features = crate::confidence::Features::of(&generation, &Default::default());
            confidence.confidence(&features.unwrap()).probability
        };
        assert!(probability(-0.3) > probability(-9.0), "what is likelier is oftener right");
    }
}
