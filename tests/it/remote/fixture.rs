//! The remote engine `far`, its scripted server, and the settings that turn it on.

use pounce_service::engines::fake::FakeModel;
use pounce_service::settings::{Remote, RemoteEngine, RemoteKind};
use pounce_service::{BreakerState, Settings};

use crate::support::server::{Answer, FakeServer, Request, Then};
use crate::support::{Fixture, id, start};

/// The engine `far` at this URL.
pub(crate) fn far(url: &str) -> RemoteEngine {
    RemoteEngine::new(id("far"), url.to_owned(), RemoteKind::Openai)
}

/// Settings with one remote engine, turned on and asked before the models of this machine. The
/// deadlines are 20 s.
pub(crate) fn preferring(engine: RemoteEngine) -> Settings {
    let mut settings = Settings::default();
    settings.deadlines.target_ms = 20_000;
    settings.deadlines.maximum_ms = 20_000;
    settings.remote =
        Remote { enabled: true, prefer: true, engines: vec![engine], ..settings.remote };
    settings
}

/// A server that passes the connection test and answers everything else by `script`.
pub(crate) async fn server(script: impl Fn() -> Answer + Send + Sync + 'static) -> FakeServer {
    let is_trial = |request: &Request| request.body.contains("def add");
    let tried = || Answer::stream(&["a"], Then::End);
    FakeServer::start(move |request| if is_trial(request) { tried() } else { script() }).await
}

/// A service with the model `small` and the engine `far`, both ready.
pub(crate) async fn beside_small(settings: Settings) -> Fixture {
    let fixture = start([("small", FakeModel::default())], settings);
    fixture.load("small").await;
    fixture.load("far").await;
    fixture
}

pub(crate) fn breaker(fixture: &Fixture, model: &str) -> BreakerState {
    let models = fixture.service.status().models;
    models.iter().find(|status| status.id.as_str() == model).unwrap().breaker
}
