//! How often a few lines are found in a project, and what the code around them is worth.
//!
//! Of each case the last lines before a place in a file are taken, as if they had been copied. They are
//! looked for among all files of the folder, and completed alone and with what stands around them.

mod case;
mod places;
mod report;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use pounce_engine::{GenerationConfig, Mode, Model};
use pounce_project::Projects;

use super::cases;
use super::options::EvalOptions;
use crate::output::print_report;
use crate::percentiles::Percentiles;
use crate::snippet_request::SnippetRequest;
use crate::{loading, projects};

use case::Case;
use places::Places;
use report::{Index, Report, Row};

/// Evaluates a model in a project and prints a table or JSON.
///
/// # Errors
/// If the cases or the project cannot be read, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let folder = options.project.as_deref().context("there is no project")?;
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let parse = |_: &Path, line: &str| Case::parse(line, &folder);
    let cases = cases::read_all(&options.cases(), options.limit, parse)?;
    let started = Instant::now();
    let projects = projects::read(&folder)?;
    let index = Index::of(&projects, started.elapsed());
    let mut loaded = loading::load(&options.model)?;
    let config = options.config(loaded.form());
    let model = &mut loaded.model;
    model.warm_up()?;
    let alone = evaluate(model, &config, &cases, None, options)?;
    let located = evaluate(model, &config, &cases, Some(&projects), options)?;
    let report = Report {
        model: model.manifest().id.clone(),
        cases: cases.len(),
        lines: options.lines,
        index,
        places: located.places.clone(),
        search: Percentiles::of(located.searches.iter().copied()),
        rows: [("snippet alone", alone), ("with the project", located)]
            .map(|(name, run)| run.row(name, cases.len()))
            .into(),
    };
    print_report(&report, options.json)
}

/// Sums over all cases.
#[derive(Debug, Default)]
struct Evaluation {
    places: Places,
    n_exact: usize,
    searches: Vec<Duration>,
    latencies: Vec<Duration>,
}

impl Evaluation {
    fn row(self, context: &'static str, n: usize) -> Row {
        let exact_match = self.n_exact as f64 / n as f64;
        Row { context, exact_match, latency: Percentiles::of(self.latencies) }
    }
}

/// Completes all cases, with the code around them where it is found in `projects`.
fn evaluate(
    model: &mut Model,
    config: &GenerationConfig,
    cases: &[Case],
    projects: Option<&Projects>,
    options: &EvalOptions,
) -> anyhow::Result<Evaluation> {
    let mut sums = Evaluation::default();
    for case in cases {
        let text = case.copied(options.lines as usize);
        // People do not name the language.
        let mut request = SnippetRequest::new(text, "", None, Mode::Line);
        let started = Instant::now();
        if let Some(projects) = projects {
            let found = request.locate(projects);
            sums.searches.push(started.elapsed());
            sums.places.count(case, found);
        }
        if request.prompt.segments.is_blank() {
            continue;
        }
        model.forget_prompt();
        let best = request.complete(model, config, false)?.best;
        sums.latencies.push(started.elapsed());
        sums.n_exact += usize::from(best.fitted.text.trim() == case.target.trim());
    }
    Ok(sums)
}
