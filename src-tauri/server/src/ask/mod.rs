//! [`Ask`]: what a client wants completed, whatever its protocol, and how the service is asked.

pub(crate) mod answer;
pub(crate) mod cut;
pub(crate) mod fim_prompt;
mod line_ends;
pub(crate) mod model_name;
pub(crate) mod numbers;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pounce_engine::{Language, Mode, Segments};
use pounce_service::{
    ClientId, CompletionRequest, CompletionService, Deadline, ModelId, RequestOrigin, Sampling,
    TimeLimits,
};

use crate::http::refusal::Refusal;
use answer::Answer;
use cut::Cut;
use line_ends::LineEnds;

/// What a client wants completed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ask {
    pub(crate) origin: RequestOrigin,
    /// The code before the cursor.
    pub(crate) prefix: String,
    /// The code after it.
    pub(crate) suffix: String,
    /// Code from elsewhere. It is read before the prefix, and is the first to be left out.
    pub(crate) context: String,
    /// Only this model may answer; `None` leaves it to the router.
    pub(crate) model: Option<ModelId>,
    /// The most tokens; `None` is the settings' limit, which is never exceeded.
    pub(crate) max_tokens: Option<usize>,
    /// How to draw the text at random; `None` leaves it to the settings.
    pub(crate) sampling: Option<Sampling>,
    /// The most time; `None` is the settings' maximum, which is never exceeded.
    pub(crate) max_time: Option<Duration>,
    pub(crate) cut: Cut,
    /// How many texts are wanted, at least 1.
    pub(crate) n: usize,
}

impl Ask {
    /// Asks the service. Dropping the future, as when the client is gone, cancels the request.
    ///
    /// # Errors
    /// A refusal if there is no answer.
    pub(crate) async fn answer(self, service: &CompletionService) -> Result<Answer, Refusal> {
        let line_ends = self.line_ends();
        let (mut cut, n) = (self.cut.clone(), self.n);
        cut.stop = cut.stop.into_iter().map(|stop| line_ends.to_lf(stop)).collect();
        let deadline = Deadline::after(self.time_limits(service));
        let request = self.request(service);
        let completion = service.complete_by(request.clone(), deadline).await;
        let answer = Answer::new(completion, &cut, line_ends, n)?;
        speculate(service, request, &answer);
        Ok(answer)
    }

    /// Reads the code ahead, so that a completion of it is faster.
    pub(crate) async fn read_ahead(self, service: &CompletionService) {
        let request = self.request(service);
        service.prepare(request).await;
    }

    fn line_ends(&self) -> LineEnds {
        let first = if self.prefix.contains('\n') { &self.prefix } else { &self.suffix };
        LineEnds::of(first)
    }

    fn time_limits(&self, service: &CompletionService) -> TimeLimits {
        let TimeLimits { target, maximum } = service.settings().time_limits();
        let maximum = self.max_time.map_or(maximum, |asked| asked.min(maximum));
        TimeLimits { target: target.min(maximum), maximum }
    }

    fn request(self, service: &CompletionService) -> CompletionRequest {
        let line_ends = self.line_ends();
        let mode = if self.cut.is_one_line() { Mode::Line } else { Mode::Block };
        let most = service.settings().max_new_tokens(mode);
        CompletionRequest {
            client: next_client(self.origin),
            origin: self.origin,
            // By the file's own code: that from elsewhere may be in another language.
            language: Language::detect(&self.prefix),
            segments: Segments {
                prefix: line_ends.to_lf(self.context + &self.prefix),
                suffix: line_ends.to_lf(self.suffix),
            },
            mode,
            model: self.model,
            max_new_tokens: self.max_tokens.map(|asked| asked.min(most)),
            sampling: self.sampling,
            wants_alternatives: self.n > 1,
            ..CompletionRequest::default()
        }
    }
}

/// Has the service complete the code with the answer accepted while the client shows it.
fn speculate(service: &CompletionService, mut request: CompletionRequest, answer: &Answer) {
    let best = answer.choices.first().filter(|best| !best.text.is_empty());
    // Of several texts, the cache remembers one alone.
    let Some(best) = best.filter(|_| !request.wants_alternatives) else { return };
    request.segments.prefix += &best.text.replace("\r\n", "\n");
    let service = service.clone();
    tokio::spawn(async move { service.speculate(request).await });
}

/// A client of its own for each request. A protocol has no sign by which a newer request takes an
/// older one's place: an editor that no longer wants an answer closes the connection.
fn next_client(origin: RequestOrigin) -> ClientId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    ClientId::from(format!("{}/{number}", origin.name()).as_str())
}
