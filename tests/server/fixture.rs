//! [`Fixture`]: a server in front of a service with a fake model.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::Prompt;
use pounce_server::{Server, ServerOptions};
use pounce_service::engines::Loader;
use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::{CompletionService, Host, Keys, Paths, ServiceOptions, Settings};

use crate::client::{Response, send};

pub(crate) const MS: Duration = Duration::from_millis(1);

/// A server in front of a service with a fake model named `small`, which answers `a + b`.
pub(crate) struct Fixture {
    pub(crate) service: CompletionService,
    pub(crate) loader: FakeLoader,
    pub(crate) server: Server,
    _dir: tempfile::TempDir,
}

/// A service with one fake model.
pub(crate) fn service(
    model: FakeModel,
    settings: Settings,
) -> (CompletionService, FakeLoader, tempfile::TempDir) {
    let loader = FakeLoader::new([("small", model)]);
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::in_memory();
    let options = ServiceOptions {
        settings: Some(settings),
        registry: Some(loader.registry()),
        loader: Arc::new(Loader::over(Arc::new(loader.clone())).with_keys(keys.clone())),
        keys,
        probe: loader.machine(16 << 30),
        host: Host::Tasks,
        ..ServiceOptions::new(Paths::under(dir.path()))
    };
    (CompletionService::start(options), loader, dir)
}

impl Fixture {
    /// A server without a token, whose model takes no time.
    pub(crate) async fn start() -> Self {
        let model = FakeModel {
            load: Duration::ZERO,
            encode: Duration::ZERO,
            step: Duration::ZERO,
            ..FakeModel::default()
        };
        Self::with(model, None).await
    }

    /// A server with a token, or none, and a model that is in memory.
    pub(crate) async fn with(model: FakeModel, token: Option<&str>) -> Self {
        let (service, loader, dir) = service(model, Settings::default());
        service.load(&"small".into()).await.unwrap();
        loader.take_log();
        loader.take_prompts();
        let options = ServerOptions { port: 0, token: token.map(str::to_owned) };
        let server = Server::start(service.clone(), options).await.unwrap();
        Self { service, loader, server, _dir: dir }
    }

    /// Takes what the model was asked to complete so far, without what was computed ahead: that
    /// goes on from its answer.
    pub(crate) fn take_asked(&self) -> Vec<Prompt> {
        let prompts = self.loader.take_prompts().into_iter();
        prompts.filter(|prompt| !prompt.segments.prefix.ends_with("a + b")).collect()
    }

    /// Asks for an address.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"").await
    }

    /// Sends JSON to an address.
    pub(crate) async fn post(&self, path: &str, json: &str) -> Response {
        self.send("POST", path, &[], json.as_bytes()).await
    }

    /// Sends a request with further headers.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        send(self.server.address(), method, path, headers, body).await
    }
}
