//! What a server sends is bounded, whatever it sends.

use pounce_engine::{FinishReason, GenerationConfig, Language, Mode, Prompt, Segments};
use pounce_service::engines::remote;

use super::fixture::far;
use crate::support::server::{Answer, FakeServer, Then};

/// The most text of a completion.
const MAX_BYTES: usize = 64 << 10;

/// What a server completes if hardly any number of tokens is too large.
async fn complete(server: &FakeServer) -> Result<(String, FinishReason), String> {
    let segments = Segments { prefix: "total = ".to_owned(), suffix: String::new() };
    let prompt = Prompt { segments, language: Language::Python, mode: Mode::Free };
    let config = GenerationConfig { max_new_tokens: 100_000, ..GenerationConfig::default() };
    let engine = far(&server.url("/v1"));
    let generation = remote::complete(&engine, false, prompt, config).await;
    generation.map(|it| (it.text, it.finish)).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_completion_ends_at_the_limit_and_the_connection_with_it() {
    let piece = "x".repeat(20_000);
    let server = FakeServer::start(move |_| Answer::stream(&[piece.as_str(); 4], Then::Wait)).await;
    let (text, finish) = complete(&server).await.unwrap();
    assert_eq!((text.len(), finish), (MAX_BYTES, FinishReason::Length), "the rest is not read");
    server.hung_up(1).await;
}

#[tokio::test]
async fn a_line_without_end_is_no_completion() {
    let endless = format!("data: {}", "x".repeat(4 << 20));
    let server = FakeServer::start(move |_| Answer {
        then: Then::Wait,
        ..Answer::whole(200, "text/event-stream", &endless)
    })
    .await;
    let error = complete(&server).await.unwrap_err();
    assert!(error.contains("more than a completion holds"), "{error}");
}
