//! `pounce eval --app`: how good the answers are that the app gives, with the settings and the models of
//! this machine: which model is asked, and for how long, is the service's business.
//!
//! A case is a snippet that stands alone, or a line with the code around it. Nothing is remembered from
//! one case to the next.

mod report;
mod service;

use std::path::Path;

use pounce_service::{Completion, Reason};

use super::cases;
use super::lines::case::Case;
use super::options::EvalOptions;
use super::snippets::{self, Snippet};
use crate::output::print_report;
use crate::snippet_request::SnippetRequest;

use report::{Answer, Report};
use service::Service;

/// Completes the cases as the app does, and prints a table or JSON.
///
/// # Errors
/// If the cases cannot be read, or a model cannot be loaded.
pub(super) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let cases = read(options)?;
    let service = Service::start()?;
    service.measure(&cases[0].0)?;
    let answers: Vec<Answer> = cases
        .iter()
        .map(|(request, accepts)| {
            let completion = service.complete(request, options.copied);
            let is_right = accepts(request.bare(&completion.text).trim());
            answer(completion, is_right)
        })
        .collect();
    print_report(&Report::new(answers), options.json)
}

/// Whether a completion is right.
type Accepts = Box<dyn Fn(&str) -> bool>;

fn read(options: &EvalOptions) -> anyhow::Result<Vec<(SnippetRequest, Accepts)>> {
    if options.snippets {
        let snippets = cases::read_all(&options.cases(), options.limit, snippets::parse)?;
        let of = |snippet: Snippet| {
            let request = snippet.request(options);
            (request, Box::new(move |text: &str| snippet.accepts(text)) as Accepts)
        };
        return Ok(snippets.into_iter().map(of).collect());
    }
    let parse = |_: &Path, line: &str| Ok(serde_json::from_str(line)?);
    let mut lines: Vec<Case> = cases::read_all(&options.cases(), options.limit, parse)?;
    lines.retain(|case| !case.prefix.trim().is_empty());
    let of = |case: Case| {
        let request = case.request(true, options);
        (request, Box::new(move |text: &str| text == case.target.trim()) as Accepts)
    };
    Ok(lines.into_iter().map(of).collect())
}

fn answer(completion: Completion, is_right: bool) -> Answer {
    let asked = completion.reasons.iter().filter(|it| matches!(it, Reason::Chose(..))).count();
    let model = completion.source.model().map(ToString::to_string);
    Answer {
        by: model.unwrap_or_else(|| completion.source.name().to_owned()),
        is_right,
        asked,
        probability: completion.confidence.map(|confidence| confidence.probability),
        elapsed: completion.elapsed,
        drafts: completion.drafts,
        reasons: completion.reasons.iter().map(ToString::to_string).collect(),
        completion: completion.text,
    }
}
