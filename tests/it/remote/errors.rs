//! Errors of remote servers: one line each, with a remedy and without any code.

use pounce_service::engines::remote;
use pounce_service::settings::{RemoteEngine, RemoteKind};

use super::fixture::far;
use crate::support::server::{Answer, FakeServer, Then};

/// Part of the text that the connection test sends; a server may quote it in its error.
const SENT: &str = "return";

async fn check(what: &str, answer: Answer, expected: &[&str]) {
    let server = FakeServer::start(move |_| answer.clone()).await;
    let engine = RemoteEngine { model: "qwen".to_owned(), ..far(&server.url("/v1")) };
    let error = remote::check(&engine, false).await.unwrap_err().to_string();
    for part in expected.iter().chain([&"127.0.0.1"]) {
        assert!(error.contains(part), "{what}: {part:?} is not in: {error}");
    }
    assert!(error.lines().count() == 1 && !error.contains(SENT), "{what}: {error}");
    assert!(error.contains(": ") || error.contains("; "), "{what} has no remedy: {error}");
}

#[tokio::test]
async fn each_failure_has_its_remedy() {
    let json = |status, body: &str| Answer::whole(status, "application/json", body);
    let quoting = json(400, r#"{"error":{"message":"cannot parse: return "}}"#);
    check("no key", json(401, "{}"), &["wants another key (401)", "pounce remote key far"]).await;
    check("no right", json(403, "{}"), &["(403)", "pounce remote key far"]).await;
    let not_found = &["has no model \"qwen\" at /v1/completions (404)", "check the engine's"];
    check("no model", json(404, "{}"), not_found).await;
    check("wrong kind", quoting, &["refuses the request (400)", "`openai` the right kind"]).await;
    check("busy", json(429, "{}"), &["too much to do (429)"]).await;
    check("failed", json(500, "return"), &["failed (500)", "its log"]).await;
    let page = Answer::whole(200, "text/html", "<!doctype html>\n<p>return</p>");
    check("a web page", page, &["sent no completion but a web page"]).await;
    let broken = Answer::whole(200, "text/event-stream", "data: {\"choices\": return\n\n");
    check("malformed", broken, &["sent no completion but broken JSON"]).await;
    let late = Answer::whole(200, "text/event-stream", "data: {\"error\": {\"message\": 1}}\n\n");
    check("failed later", late, &["failed (200)"]).await;
    check("nothing", Answer::whole(200, "text/event-stream", ""), &["sent no completion"]).await;
    let cut = Answer::stream(&["a"], Then::Break);
    check("cut off", cut, &["the connection to", "broke", "is the server running"]).await;
    let headers = "location: https://elsewhere.org/v1/completions?x=return\r\n".to_owned();
    let moved = Answer { headers, ..json(307, "") };
    check("moved", moved, &["redirects to", "elsewhere.org"]).await;
}

#[tokio::test]
async fn an_unreachable_server_is_reported() {
    let mut server = FakeServer::start(|_| Answer::stream(&["a"], Then::End)).await;
    server.kill().await;
    let error = remote::check(&far(&server.url("/v1")), false).await.unwrap_err().to_string();
    assert!(error.contains("cannot reach 127.0.0.1") && error.contains("refused"), "{error}");
    assert!(error.contains("is the server running"), "{error}");
}

#[tokio::test]
async fn code_is_not_sent_in_the_clear() {
    let engine = RemoteEngine::new("far".into(), "http://example.org/v1".into(), RemoteKind::Fim);
    let error = remote::check(&engine, false).await.unwrap_err().to_string();
    assert!(error.contains("unencrypted; use https://"), "{error}");
}
