//! A service and a keyboard that do what a test says.

use std::sync::{Arc, Mutex};

use pounce_engine::{CancelToken, StageTimings};
use pounce_service::{Completion, CompletionRequest, CompletionSource, Deadline, Reason};
use tokio::sync::Notify;

use crate::completer::Completes;
use crate::paste::{Keys, PasteError, Target, WindowId};

/// Answers every request with one text, at once or when told to.
#[derive(Default)]
pub(crate) struct ScriptedService {
    answer: String,
    /// Present where answers wait for a permit.
    gate: Option<Arc<Notify>>,
    pub(crate) requests: Mutex<Vec<CompletionRequest>>,
    /// Told after each of `requests`.
    pub(crate) has_requests: Notify,
    pub(crate) prepared: Mutex<Vec<CompletionRequest>>,
    /// Told after each of `prepared`.
    pub(crate) has_prepared: Notify,
}

impl ScriptedService {
    pub(crate) fn answering(text: &str) -> Self {
        Self { answer: text.into(), ..Self::default() }
    }

    /// Answers wait for `gate`, or for being cancelled.
    pub(crate) fn behind(gate: &Arc<Notify>, text: &str) -> Self {
        Self { gate: Some(gate.clone()), ..Self::answering(text) }
    }
}

impl Completes for ScriptedService {
    async fn complete(
        &self,
        request: CompletionRequest,
        _: Deadline,
        cancel: CancelToken,
    ) -> Completion {
        assert!(!request.segments.prefix.contains("panic"), "the script says so");
        self.requests.lock().unwrap().push(request);
        self.has_requests.notify_one();
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        if cancel.is_cancelled() {
            answer("", vec![Reason::Cancelled])
        } else {
            answer(&self.answer, Vec::new())
        }
    }

    async fn prepare(&self, request: CompletionRequest) {
        self.prepared.lock().unwrap().push(request);
        self.has_prepared.notify_one();
    }
}

pub(crate) fn answer(text: &str, reasons: Vec<Reason>) -> Completion {
    Completion {
        id: 1,
        text: text.into(),
        source: CompletionSource::Model("scripted".into()),
        sent_to: None,
        is_partial: false,
        finish: None,
        timings: StageTimings::default(),
        n_tokens: 1,
        n_prompt_tokens: 1,
        elapsed: std::time::Duration::ZERO,
        reasons,
    }
}

/// Pastes nowhere.
#[derive(Clone, Default)]
pub(crate) struct ScriptedKeys {
    pub(crate) n_presses: Arc<Mutex<usize>>,
    /// Whether there is no window to paste into.
    pub(crate) is_nowhere: bool,
    /// Whether the keys are pressed in vain.
    pub(crate) is_broken: bool,
}

impl Keys for ScriptedKeys {
    fn aim(&mut self, _: Option<WindowId>) -> Result<Box<dyn Target + '_>, PasteError> {
        if self.is_nowhere { Err(PasteError::Unsupported) } else { Ok(Box::new(self.clone())) }
    }
}

impl Target for ScriptedKeys {
    fn paste(&mut self, _: &str, _: &CancelToken) -> Result<(), PasteError> {
        *self.n_presses.lock().unwrap() += 1;
        if self.is_broken { Err(PasteError::NotFetched) } else { Ok(()) }
    }

    fn is_overtaken(&self) -> bool {
        false
    }
}
