//! What leaves this machine and what does not: nothing unless the user has turned it on, nothing
//! secret, and each key to its own server only.

use std::io::Write;
use std::sync::{Arc, Mutex};

use pounce_service::engines::remote;
use pounce_service::settings::RemoteEngine;
use pounce_service::{CompletionRequest, Reason, SkipReason};
use tracing_subscriber::filter::LevelFilter;

use super::fixture::{beside_small, far, preferring, server};
use crate::support::server::{Answer, Then};
use crate::support::{has, id, in_own_process_with, request, request_of, source, start};

#[tokio::test]
async fn nothing_is_sent_before_remote_engines_are_turned_on() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.remote.enabled = false;
    settings.models.pinned = Some(id("far"));
    settings.models.default = Some(id("far"));
    let fixture = start([("small", Default::default())], settings);
    fixture.load("small").await;
    assert!(fixture.service.load(&id("far")).await.is_err(), "there is no such model");
    assert_eq!(source(&fixture.complete("x = ").await), "small");
    let named = CompletionRequest { model: Some(id("far")), ..request("y = ") };
    assert_eq!(source(&fixture.service.complete(named).await), "none");
    fixture.service.prepare(request("z = ")).await;
    fixture.service.refresh().await;
    assert!(server.seen().is_empty(), "{:?}", server.seen());
}

#[tokio::test]
async fn a_queued_request_is_not_sent_once_remote_engines_are_turned_off() {
    let server = server(|| Answer::stream(&["b"], Then::Wait)).await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.queue.concurrency = 2;
    let fixture = beside_small(settings.clone()).await;
    let n_tried = server.seen().len();
    let ask = |client: &'static str| {
        let service = fixture.service.clone();
        tokio::spawn(async move { service.complete(request_of(client, client)).await })
    };
    let first = ask("first = ");
    while server.seen().len() == n_tried {
        tokio::task::yield_now().await;
    }
    let second = ask("second = ");
    tokio::task::yield_now().await;
    settings.remote.enabled = false;
    let service = fixture.service.clone();
    let turning_off = tokio::spawn(async move { service.set_settings(settings).await });
    while fixture.service.settings().remote.enabled {
        tokio::task::yield_now().await;
    }
    assert!(fixture.service.cancel(&"first = ".into()), "it kept the server busy");
    assert!(first.await.unwrap().is_cancelled());
    assert_eq!(source(&second.await.unwrap()), "small", "its turn came too late");
    turning_off.await.unwrap().unwrap();
    assert_eq!(server.seen().len(), n_tried + 1, "the second request stayed here");
}

#[tokio::test]
async fn where_the_code_was_sent_is_reported_whichever_engine_answers() {
    let server = server(|| Answer::whole(500, "text/plain", "")).await;
    let mut fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let completion = fixture.complete("x = ").await;
    assert_eq!(source(&completion), "small", "the server failed");
    assert_eq!(completion.sent_to, Some(id("far")), "but it has got the code");
    assert_eq!(fixture.take_records()[0].sent_to, Some(id("far")));
    let secret = CompletionRequest { is_secret: true, ..request("y = ") };
    assert_eq!(fixture.service.complete(secret).await.sent_to, None, "this has stayed here");
}

#[tokio::test]
async fn a_secret_stays_on_this_machine_and_out_of_the_cache() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let n_seen = server.seen().len();
    let secret = CompletionRequest { is_secret: true, ..request("password = ") };
    let completion = fixture.service.complete(secret.clone()).await;
    assert_eq!(source(&completion), "small", "{completion:?}");
    let stays = Reason::Skipped(id("far"), SkipReason::StaysHere);
    assert!(has(&completion, |reason| *reason == stays), "and it is said why");
    fixture.service.pin(Some(id("far"))).await.unwrap();
    let named = CompletionRequest { model: Some(id("far")), ..secret };
    assert_eq!(source(&fixture.service.complete(named).await), "none", "not even if asked for");
    assert_eq!(server.seen().len(), n_seen);
    assert_eq!(fixture.service.status().n_cached, 0);
}

#[tokio::test]
async fn text_that_was_only_copied_stays_on_this_machine() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    fixture.service.pin(Some(id("far"))).await.unwrap();
    let n_seen = server.seen().len();
    assert!(!fixture.service.prepare(request("x = ")).await, "reading ahead is for this machine");
    assert_eq!(server.seen().len(), n_seen);
}

const KEY: &str = "sk-0123456789";
const VARIABLE: &str = "POUNCE_REMOTE_KEY_FAR";

/// Everything that is logged, at the finest level.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log_everything() -> Logged {
    let logged = Logged::default();
    let writer = logged.clone();
    let writer = move || writer.clone();
    tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(writer).init();
    logged
}

#[tokio::test]
async fn a_key_goes_to_its_server_and_nowhere_else() {
    let test = "remote::secrets::a_key_goes_to_its_server_and_nowhere_else";
    if !in_own_process_with(test, &[(VARIABLE, KEY)]) {
        return;
    }
    let logged = log_everything();
    let elsewhere = server(|| Answer::stream(&["b"], Then::End)).await;
    let location = format!("location: {}\r\n", elsewhere.url("/v1/completions"));
    let moved = Answer { headers: location, ..Answer::whole(307, "text/plain", "") };
    let home = server(move || moved.clone()).await;
    let fixture = beside_small(preferring(far(&home.url("/v1")))).await;
    let completion = fixture.complete("private_name = ").await;
    assert_eq!(source(&completion), "small", "{completion:?}");
    let keys: Vec<_> =
        home.seen().iter().map(|sent| sent.headers["authorization"].clone()).collect();
    assert_eq!(keys, vec![format!("Bearer {KEY}"); 2], "the trial and the request");
    assert!(elsewhere.seen().is_empty(), "a redirect is not followed");

    let other = RemoteEngine { id: id("other"), ..far(&elsewhere.url("/v1")) };
    remote::check(&other, false).await.unwrap();
    assert!(!elsewhere.seen()[0].headers.contains_key("authorization"), "the key is not its own");
    assert!(fixture.service.has_remote_key(&id("far")).await);
    assert!(!fixture.service.has_remote_key(&id("other")).await);

    let service = &fixture.service;
    service.set_settings(service.settings()).await.unwrap();
    service.shut_down().await;
    let shown = format!("{completion:?} {:?} {:?}", service.status(), service.settings());
    let log = String::from_utf8(logged.0.lock().unwrap().clone()).unwrap();
    let mut said = vec![("what is shown", shown), ("the log", log)];
    // Lock files are empty.
    let files = files(fixture.dir.path()).into_iter().filter(|text| !text.is_empty());
    said.extend(files.map(|text| ("a file", text)));
    assert!(
        said.len() > 3 && said.iter().all(|(_, text)| !text.is_empty()),
        "there is much to see"
    );
    for (what, text) in said {
        assert!(!text.contains(KEY), "the key is in {what}: {text}");
        assert!(!text.contains("private_name"), "the code is in {what}: {text}");
    }
}

/// The texts of all files below a folder.
fn files(dir: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let (dirs, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    texts.chain(dirs.iter().flat_map(|dir| self::files(dir))).collect()
}
