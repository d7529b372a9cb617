//! Answers requests as the app does: first within the target, then by a larger model that goes on until the paste.

use std::time::Duration;

use anyhow::ensure;
use pounce_service::{CompletionRequest, CompletionService, Paths, ServiceOptions, Settings};

/// An answer, and how long after the request it was there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timed<T> {
    pub(super) answer: T,
    pub(super) after: Duration,
}

/// The answers to one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answers<T> {
    pub(super) first: Timed<T>,
    /// A larger model's, if it took the first one's place.
    pub(super) better: Option<Timed<T>>,
}

impl<T> Answers<T> {
    /// The same with what `f` makes of each answer.
    pub(super) fn map<U>(self, f: impl Fn(T) -> U) -> Answers<U> {
        let map = |timed: Timed<T>| Timed { answer: f(timed.answer), after: timed.after };
        Answers { first: map(self.first), better: self.better.map(map) }
    }
}

/// Answers the requests one after the other, with the default settings and all installed models in memory.
///
/// # Errors
/// If a model cannot be loaded, or only one is installed.
pub(super) fn answer(requests: Vec<CompletionRequest>) -> anyhow::Result<Vec<Answers<String>>> {
    let paths = Paths::find()?;
    crate::remote::runtime()?.block_on(async {
        let mut settings = Settings::default();
        // What is remembered would be there at once.
        settings.cache.max_kb = 0;
        let options = ServiceOptions { settings: Some(settings), ..ServiceOptions::new(paths) };
        let service = CompletionService::start(options);
        let models = service.status().models;
        ensure!(models.len() > 1, "no larger model is installed: see `pounce models list`");
        for model in models {
            service.load(&model.id).await?;
        }
        let mut answers = Vec::new();
        for request in requests {
            answers.push(answer_one(&service, request).await);
        }
        service.shut_down().await;
        Ok(answers)
    })
}

async fn answer_one(service: &CompletionService, request: CompletionRequest) -> Answers<String> {
    let first = service.complete(request.clone()).await;
    let limit = Duration::from_millis(service.settings().improvement.maximum_ms);
    let improvement = service.improve(request, &first, limit).await;
    let better = improvement.filter(|improvement| improvement.is_worth_more).map(|improvement| {
        let after = first.elapsed + improvement.completion.elapsed;
        Timed { answer: improvement.completion.text, after }
    });
    Answers { first: Timed { answer: first.text, after: first.elapsed }, better }
}
