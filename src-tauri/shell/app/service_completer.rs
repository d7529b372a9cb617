//! [`ServiceCompleter`]: the service as the request actor sees it.

use std::time::Duration;

use pounce_engine::CancelToken;
use pounce_service::{
    Completion, CompletionRequest, CompletionService, Deadline, Improvement, WindowTitle,
};

use crate::clipboard::system_paster::focused_title;
use crate::display::Display;
use crate::request::runner::Completer;
use crate::sync::spawn_blocking;

/// An X server takes about a millisecond to tell a title. One that takes longer hangs.
const TITLE_LIMIT: Duration = Duration::from_millis(20);

/// The service as the request actor sees it.
pub(super) struct ServiceCompleter {
    pub(super) service: CompletionService,
    pub(super) display: Display,
}

impl ServiceCompleter {
    /// The request with the title of the window in front, where that may tell a place in the user's projects.
    async fn with_title(&self, request: CompletionRequest) -> CompletionRequest {
        if self.service.settings().projects.folders.is_empty() {
            return request;
        }
        let display = self.display;
        let title = spawn_blocking(move || focused_title(display));
        let title = tokio::time::timeout(TITLE_LIMIT, title).await.unwrap_or_default();
        CompletionRequest { window: WindowTitle(title), ..request }
    }
}

impl Completer for ServiceCompleter {
    async fn complete(
        &self,
        request: CompletionRequest,
        deadline: Deadline,
        cancel: CancelToken,
    ) -> Completion {
        let service = self.service.clone();
        let client = request.client.clone();
        let _hook = cancel.on_cancel(move || {
            service.cancel(&client);
        });
        let request = self.with_title(request).await;
        self.service.complete_by(request, deadline).await
    }

    async fn improve(
        &self,
        request: CompletionRequest,
        first: Completion,
        limit: Duration,
    ) -> Option<Improvement> {
        let request = self.with_title(request).await;
        self.service.improve(request, &first, limit).await
    }

    async fn prepare(&self, request: CompletionRequest) {
        let request = self.with_title(request).await;
        let is_read = self.service.prepare(request).await;
        tracing::debug!(is_read, "read ahead");
    }
}
