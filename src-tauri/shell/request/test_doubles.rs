//! Test doubles: a completer and a paster whose behaviour a test decides.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pounce_engine::{CancelToken, StageTimings};
use pounce_service::{
    Alternative, Completion, CompletionRequest, CompletionSource, Deadline, Improvement, Lookup,
    Reason,
};
use tokio::sync::Notify;

use super::runner::Completer;
use crate::clipboard::paste::{PasteError, PasteTarget, PasteText, PasteWish, Paster};
use crate::in_time::LIMIT;

/// Answers every request with one text, at once or when a gate opens.
#[derive(Default)]
pub(crate) struct ScriptedCompleter {
    answer: String,
    /// What is found beside the answer if alternatives are wanted.
    pub(crate) others: Vec<Alternative>,
    /// Each answer waits for a permit of the gate; `None` answers at once.
    gate: Option<Arc<Notify>>,
    /// Whether the model is still being loaded, so that there is no answer.
    pub(crate) is_loading: AtomicBool,
    pub(crate) requests: Mutex<Vec<CompletionRequest>>,
    /// Notified after each of `requests`.
    pub(crate) has_requests: Notify,
    /// What a larger model has for every request; `None` if there is no larger model.
    pub(crate) improvement: Option<Improvement>,
    /// Each improvement waits for a permit.
    pub(crate) improves: Arc<Notify>,
    /// How many improvements have begun, and how many have ended.
    improving: Arc<[AtomicUsize; 2]>,
    pub(crate) prepared: Mutex<Vec<CompletionRequest>>,
    /// Notified after each of `prepared`.
    pub(crate) has_prepared: Notify,
}

impl ScriptedCompleter {
    pub(crate) fn answering(text: &str) -> Self {
        Self { answer: text.into(), ..Self::default() }
    }

    /// Finds `others` beside the first text if alternatives are wanted.
    pub(crate) fn finding(text: &str, others: &[&str]) -> Self {
        let other = |text: &&str| Alternative { text: (*text).to_owned(), confidence: None };
        let others = others.iter().map(other).collect();
        Self { others, ..Self::answering(text) }
    }

    /// The same with a larger model, whose text is worth more than the first, or not.
    pub(crate) fn improving(self, text: &str, is_worth_more: bool) -> Self {
        let completion = answer(text, Vec::new());
        Self { improvement: Some(Improvement { completion, is_worth_more }), ..self }
    }

    /// How many times a larger model has begun, and how many times it has ended.
    pub(crate) fn improvements(&self) -> [usize; 2] {
        [0, 1].map(|at| self.improving[at].load(Ordering::SeqCst))
    }

    /// Answers wait for `gate`.
    pub(crate) fn behind(gate: &Arc<Notify>, text: &str) -> Self {
        Self { gate: Some(gate.clone()), ..Self::answering(text) }
    }
}

impl Completer for ScriptedCompleter {
    async fn complete(
        &self,
        request: CompletionRequest,
        _: Deadline,
        cancel: CancelToken,
    ) -> Completion {
        assert!(!request.segments.prefix.contains("panic"), "this snippet asks for a panic");
        let wants_alternatives = request.wants_alternatives;
        self.requests.lock().unwrap().push(request);
        self.has_requests.notify_one();
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        if cancel.is_cancelled() {
            answer("", vec![Reason::Cancelled])
        } else if self.is_loading.load(Ordering::Relaxed) {
            answer("", vec![Reason::StillLoading("scripted".into())])
        } else {
            let alternatives = if wants_alternatives { self.others.clone() } else { Vec::new() };
            Completion { alternatives, ..answer(&self.answer, Vec::new()) }
        }
    }

    async fn improve(
        &self,
        _: CompletionRequest,
        _: Completion,
        _: Duration,
    ) -> Option<Improvement> {
        let improvement = self.improvement.clone()?;
        let _going_on = GoingOn::begin(&self.improving);
        self.improves.notified().await;
        Some(improvement)
    }

    async fn prepare(&self, request: CompletionRequest) {
        self.prepared.lock().unwrap().push(request);
        self.has_prepared.notify_one();
    }
}

/// Counts the end of an improvement when it is dropped.
struct GoingOn(Arc<[AtomicUsize; 2]>);

impl GoingOn {
    fn begin(counts: &Arc<[AtomicUsize; 2]>) -> Self {
        counts[0].fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(counts))
    }
}

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.0[1].fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) fn answer(text: &str, reasons: Vec<Reason>) -> Completion {
    Completion {
        id: 1,
        text: text.into(),
        source: CompletionSource::Model("scripted".into()),
        alternatives: Vec::new(),
        log_prob: None,
        confidence: None,
        applied: Vec::new(),
        sent_to: None,
        is_partial: false,
        finish: None,
        drafts: Default::default(),
        timings: StageTimings::default(),
        n_tokens: 1,
        n_prompt_tokens: 1,
        elapsed: Duration::ZERO,
        lookup: Lookup::None,
        reasons,
    }
}

/// Keeps what it is to paste.
#[derive(Clone, Default)]
pub(crate) struct ScriptedPaster {
    pub(crate) pasted: Arc<Mutex<Vec<String>>>,
    /// Whether the hotkey is still held.
    pub(crate) is_held: Arc<AtomicBool>,
    /// Whether there is no window to paste into.
    pub(crate) has_no_window: bool,
    /// Whether the window never fetches the text.
    pub(crate) is_broken: bool,
}

impl Paster for ScriptedPaster {
    fn wait_for_release(&mut self, cancel: &CancelToken) -> Result<(), PasteError> {
        let end = Instant::now() + LIMIT;
        while self.is_held.load(Ordering::Relaxed) && !cancel.is_cancelled() {
            if Instant::now() > end {
                return Err(PasteError::KeysHeld);
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    fn target_window(
        &mut self,
        _: &PasteWish<'_>,
    ) -> Result<Box<dyn PasteTarget + '_>, PasteError> {
        if self.has_no_window { Err(PasteError::Unsupported) } else { Ok(Box::new(self.clone())) }
    }
}

impl PasteTarget for ScriptedPaster {
    fn paste(&mut self, text: &PasteText, _: &CancelToken) -> Result<(), PasteError> {
        self.pasted.lock().unwrap().push(text.completion.clone());
        if self.is_broken { Err(PasteError::NotFetched) } else { Ok(()) }
    }

    fn is_overtaken(&self) -> bool {
        false
    }
}
