//! [`Service`]: the app's service without the app.

use std::time::Duration;

use anyhow::Context;
use pounce_service::{
    Completion, CompletionRequest, CompletionService, ModelId, Paths, ServiceOptions,
};
use tokio::runtime::Runtime;

use crate::open_settings::OpenSettings;
use crate::snippet_request::SnippetRequest;

/// How often each model completes the first case, so that its speed is known.
const N_MEASURED: usize = 3;
/// How long a model may take then.
const PATIENCE: Duration = Duration::from_secs(60);

/// The app's service, with all models of this machine in memory.
pub(super) struct Service {
    runtime: Runtime,
    service: CompletionService,
    models: Vec<ModelId>,
}

impl Service {
    /// Starts it with the user's settings, and loads the models.
    ///
    /// # Errors
    /// If a model cannot be loaded.
    pub(super) fn start() -> anyhow::Result<Self> {
        let paths = Paths::find()?;
        let mut settings = OpenSettings::read(&paths).settings;
        settings.cache.max_kb = 0;
        settings.cache.keep_on_disk = false;
        let options = ServiceOptions { settings: Some(settings), ..ServiceOptions::new(paths) };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.context("cannot start the service")?;
        let service = runtime.block_on(async { CompletionService::start(options) });
        let models = service.status().models.into_iter();
        let models: Vec<ModelId> =
            models.filter(|model| model.remote.is_none()).map(|model| model.id).collect();
        models.iter().try_for_each(|id| runtime.block_on(service.load(id)))?;
        Ok(Self { runtime, service, models })
    }

    /// Has each model complete a case, without regard to the settings' limits.
    ///
    /// # Errors
    /// If the settings cannot be changed for that.
    pub(super) fn measure(&self, case: &SnippetRequest) -> anyhow::Result<()> {
        let limits = pounce_service::TimeLimits { target: PATIENCE, maximum: PATIENCE };
        for id in self.models.iter().flat_map(|id| std::iter::repeat_n(id, N_MEASURED)) {
            let request = CompletionRequest { model: Some(id.clone()), ..request(case) };
            let deadline = pounce_service::Deadline::after(limits);
            self.runtime.block_on(self.service.complete_by(request, deadline));
        }
        Ok(())
    }

    /// The app's answer; read when it was copied, if `is_copied`.
    pub(super) fn complete(&self, case: &SnippetRequest, is_copied: bool) -> Completion {
        self.runtime.block_on(async {
            if is_copied {
                self.service.prepare(request(case)).await;
            }
            self.service.complete(request(case)).await
        })
    }
}

fn request(case: &SnippetRequest) -> CompletionRequest {
    let prompt = case.prompt.clone();
    let request = CompletionRequest::new(prompt.segments, prompt.mode);
    CompletionRequest { language: prompt.language, ..request }
}
