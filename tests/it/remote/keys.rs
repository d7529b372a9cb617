//! API keys of remote engines: a key follows its engine through a rename, and goes to no other
//! address.

use std::sync::Arc;

use pounce_service::engines::Loader;
use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::settings::RemoteEngine;
use pounce_service::{
    CompletionService, Host, Keys, Paths, RemoteChangeError, ServiceOptions, Settings,
};

use super::fixture::{far, server};
use crate::support::id;
use crate::support::server::{Answer, FakeServer, Then};

const KEY: &str = "sk-0123456789";

/// A service without engines, whose keys are in `keys`.
fn start(folder: &tempfile::TempDir, keys: Keys) -> CompletionService {
    let loader = FakeLoader::new([("small", FakeModel::default())]);
    CompletionService::start(ServiceOptions {
        settings: Some(Settings::default()),
        registry: Some(loader.registry()),
        probe: loader.machine(8 << 30),
        loader: Arc::new(Loader::over(Arc::new(loader)).with_keys(keys.clone())),
        keys,
        host: Host::Tasks,
        ..ServiceOptions::new(Paths::under(folder.path()))
    })
}

/// A service with the engine `far`, which has a key.
async fn with_far(folder: &tempfile::TempDir, server: &FakeServer) -> CompletionService {
    let service = start(folder, Keys::in_memory());
    service.save_remote(None, far(&server.url("/v1")), Some(KEY)).await.unwrap();
    service
}

async fn answering() -> FakeServer {
    server(|| Answer::stream(&["b"], Then::End)).await
}

#[tokio::test]
async fn a_connection_test_asks_only_servers_in_the_settings() {
    let (folder, server) = (tempfile::tempdir().unwrap(), answering().await);
    let service = with_far(&folder, &server).await;
    service.check_remote(&id("far")).await.unwrap();
    assert_eq!(server.seen()[0].headers["authorization"], format!("Bearer {KEY}"));
    let error = service.check_remote(&id("evil")).await.unwrap_err();
    assert!(error.contains("evil"), "it is named: {error}");
}

#[tokio::test]
async fn a_key_stays_with_its_server() {
    let server = answering().await;
    let (home, other) = (server.url("/v1"), "https://other.example.org/v1");
    let cases: [(&str, &str, &str, Option<&str>, bool); 7] = [
        ("another path", "far", &server.url("/v2"), None, true),
        ("another server", "far", other, None, false),
        ("another port", "far", "http://127.0.0.1:1/v1", None, false),
        ("another name", "farther", &home, None, true),
        ("another name and server", "farther", other, None, false),
        ("another server with a key", "far", other, Some("sk-new"), true),
        ("another name with a key", "farther", &home, Some("sk-new"), true),
    ];
    for (case, name, url, key, has_key) in cases {
        let folder = tempfile::tempdir().unwrap();
        let service = with_far(&folder, &server).await;
        let engine = RemoteEngine { id: id(name), ..far(url) };
        service.save_remote(Some(&id("far")), engine, key).await.unwrap();
        assert_eq!(service.has_remote_key(&id(name)).await, has_key, "{case}");
        assert!(
            name == "far" || !service.has_remote_key(&id("far")).await,
            "{case}: nothing stays behind"
        );
    }
}

#[tokio::test]
async fn a_new_engine_does_not_inherit_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::in_memory();
    keys.set(&id("far"), KEY).await.unwrap();
    let service = start(&folder, keys);
    service.save_remote(None, far("https://example.org/v1"), None).await.unwrap();
    assert!(!service.has_remote_key(&id("far")).await, "it was another engine's of that name");
}

#[tokio::test]
async fn without_a_keyring_an_engine_with_a_key_is_not_half_saved() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(&folder, Keys::without_keyring());
    let engine = far("https://example.org/v1");
    let error = service.save_remote(None, engine.clone(), Some(KEY)).await.unwrap_err();
    assert!(error.to_string().contains("POUNCE_REMOTE_KEY_FAR"), "what helps: {error}");
    assert!(service.settings().remote.engines.is_empty(), "there is no entry without its key");
    service.save_remote(None, engine, None).await.expect("the name is still free");
}

#[tokio::test]
async fn a_refused_change_keeps_the_key() {
    let (folder, server) = (tempfile::tempdir().unwrap(), answering().await);
    let service = with_far(&folder, &server).await;
    let unencrypted = far("http://other.example.org/v1");
    let error = service.save_remote(Some(&id("far")), unencrypted, None).await.unwrap_err();
    assert!(matches!(error, RemoteChangeError::Settings(_)), "{error}");
    assert!(service.has_remote_key(&id("far")).await, "the entry is as it was, and so is its key");
}

#[tokio::test]
async fn a_removed_engine_is_no_longer_pinned() {
    let (folder, server) = (tempfile::tempdir().unwrap(), answering().await);
    let service = with_far(&folder, &server).await;
    service.pin(Some(id("far"))).await.unwrap();
    service.remove_remote(&id("far")).await.unwrap();
    let settings = service.settings();
    assert_eq!((settings.models.pinned, settings.remote.engines.len()), (None, 0));
    assert!(!service.has_remote_key(&id("far")).await);
}
