//! What a remote engine answers, and when: before or after the models of this machine, at the
//! deadline, and when its server goes away and comes back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pounce_engine::{Mode, Segments};
use pounce_service::engines::fake::FakeModel;
use pounce_service::settings::{RemoteEngine, SettingsFile};
use pounce_service::{
    BreakerConfig, BreakerState, CompletionRequest, Counter, ModelState, Paths, Reason, Settings,
};
use serde_json::{Value, json};

use super::fixture::{beside_small, breaker, far, preferring, server};
use crate::support::server::{Answer, FakeServer, Then};
use crate::support::{has, id, request, source, start};

/// Differs from the text that the connection test sends.
const CODE: &str = "total = ";

fn with_suffix(prefix: &str, suffix: &str, mode: Mode) -> CompletionRequest {
    let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
    CompletionRequest::new(Segments { prefix, suffix }, mode)
}

#[tokio::test]
async fn a_server_completes_and_is_remembered() {
    let server = server(|| Answer::stream(&["a", " +", " b"], Then::End)).await;
    let engine = RemoteEngine { model: "qwen".to_owned(), ..far(&server.url("/v1")) };
    let fixture = beside_small(preferring(engine)).await;
    let request = with_suffix(CODE, "\nprint(total)", Mode::Line);
    let completion = fixture.service.complete(request.clone()).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("remote far", "a + b"));
    assert!(!completion.is_partial && completion.n_tokens == 3, "{completion:?}");
    let sent = server.seen().pop().unwrap();
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(sent.line, "POST /v1/completions");
    let expected = json!({
        "model": "qwen", "prompt": CODE, "suffix": "\nprint(total)", "max_tokens": 24,
        "stream": true, "temperature": 0.0, "logprobs": 1,
    });
    assert_eq!(body["max_tokens"], fixture.service.settings().models.max_line_tokens);
    let without_length = |mut body: Value| {
        body["max_tokens"] = 0.into();
        body
    };
    assert_eq!(without_length(body), without_length(expected));
    assert!(!sent.headers.contains_key("authorization"), "there is no key");

    let n_seen = server.seen().len();
    let again = fixture.service.complete(request).await;
    assert_eq!((source(&again).as_str(), again.text.as_str()), ("cache", "a + b"));
    assert_eq!(server.seen().len(), n_seen, "what is remembered does not leave the machine again");
    assert!(fixture.service.sources().contains(&("remote", 1)), "the metrics tell it apart");
}

#[tokio::test]
async fn an_answer_is_as_sure_as_its_probabilities_say() {
    let told = |text: &str, log_prob: f64| {
        let choice = json!({ "text": text, "logprobs": { "token_logprobs": [log_prob] } });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let pieces = vec![told("a", -0.01), told(" + b", -0.02), "data: [DONE]\n\n".to_owned()];
    let answer = Answer { pieces, ..Answer::stream(&[], Then::End) };
    let server = server(move || answer.clone()).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let completion = fixture.service.complete(with_suffix(CODE, "", Mode::Line)).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("remote far", "a + b"));
    let confidence = completion.confidence.expect("the server tells probabilities");
    assert!(confidence.probability > 0.6, "both tokens are all but certain: {confidence:?}");
}

#[tokio::test]
async fn a_line_ends_here_whatever_the_server_goes_on_with() {
    let server = server(|| Answer::stream(&["a", "\nb", " = 1"], Then::Wait)).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!((completion.text.as_str(), completion.is_partial), ("a", false), "{completion:?}");
    server.hung_up(1).await;
}

#[tokio::test]
async fn at_the_deadline_the_useful_part_is_returned_and_the_server_left() {
    let server = server(|| Answer::stream(&["foo", "(", "bar", ",", " ba"], Then::Wait)).await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.deadlines.maximum_ms = 2_000;
    let fixture = beside_small(settings).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(
        (source(&completion).as_str(), completion.text.as_str()),
        ("remote far", "foo(bar,"),
        "a name that may go on is left out"
    );
    assert!(completion.is_partial, "the server would have gone on");
    assert!(has(&completion, |reason| *reason == Reason::DeadlineMissed(id("far"))));
    server.hung_up(1).await;
    assert_eq!(fixture.count(Counter::StuckRuns), 0, "it let go when told to");
}

#[tokio::test]
async fn a_connection_that_ends_early_gives_only_what_is_whole() {
    let server = server(|| Answer {
        then: Then::End,
        ..Answer::stream(&["foo", "(", "bar", ",", " ba"], Then::Wait)
    });
    let server = server.await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!((completion.text.as_str(), completion.is_partial), ("foo(bar,", true));
    let n_cached = fixture.service.status().n_cached;
    assert_eq!(n_cached, 0, "half an answer is not remembered");
}

/// Ollama unloads an idle model, and gives up loading it again when the client hangs up.
#[tokio::test]
async fn a_server_that_is_silent_at_the_deadline_is_given_time_to_load_its_model() {
    let server = server(|| Answer::stream(&[], Then::Silence)).await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.deadlines.target_ms = 300;
    settings.deadlines.maximum_ms = 300;
    let fixture = beside_small(settings).await;
    let n_trials = || server.seen().iter().filter(|seen| seen.body.contains("def add")).count();
    assert_eq!(n_trials(), 1, "when it was connected to");
    let completion = fixture.complete(CODE).await;
    assert!(has(&completion, |reason| *reason == Reason::DeadlineMissed(id("far"))));
    server.hung_up(1).await;
    while n_trials() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_still_reads_what_was_given_up_is_not_asked_for_more() {
    let n_answered = AtomicUsize::new(0);
    let server = FakeServer::start(move |_| match n_answered.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::stream(&["a"], Then::End),
        _ => Answer::stream(&[], Then::Silence),
    });
    let server = server.await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.deadlines.target_ms = 300;
    settings.deadlines.maximum_ms = 300;
    let fixture = beside_small(settings).await;
    fixture.complete(CODE).await;
    while server.seen().len() < 3 {
        tokio::task::yield_now().await;
    }
    let completion = fixture.complete("other = ").await;
    let is_told = |reason: &Reason| matches!(reason, Reason::ModelFailed(far, why) if *far == id("far") && why.contains("still busy"));
    assert!(has(&completion, is_told), "{completion:?}");
    assert_eq!(source(&completion), "small", "which has the time that is left");
    assert_eq!((server.seen().len(), completion.sent_to), (3, None), "nothing was sent");
}

#[tokio::test]
async fn cancelling_a_request_hangs_up() {
    let server = server(|| Answer::stream(&["a"], Then::Wait)).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let service = fixture.service.clone();
    let waiting = tokio::spawn(async move { service.complete(request(CODE)).await });
    while server.seen().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(fixture.service.cancel(&Default::default()), "it is on its way");
    assert!(waiting.await.unwrap().is_cancelled());
    server.hung_up(1).await;
}

#[tokio::test]
async fn a_killed_server_opens_the_breaker_and_closes_it_when_it_is_back() {
    let mut server = server(|| Answer::stream(&["a"], Then::End)).await;
    let fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    assert_eq!(source(&fixture.complete("x = ").await), "remote far");
    server.kill().await;
    for prefix in ["a = ", "b = ", "c = "] {
        let completion = fixture.complete(prefix).await;
        assert_eq!(source(&completion), "small", "a model of this machine stands in");
        let names_the_remedy = |reason: &Reason| {
            matches!(reason, Reason::ModelFailed(_, message)
                if message.contains("refused") && message.contains("is the server running"))
        };
        assert!(has(&completion, names_the_remedy), "{completion:?}");
    }
    assert!(matches!(breaker(&fixture, "far"), BreakerState::Open { .. }), "three in a row");
    let completion = fixture.complete("d = ").await;
    assert!(has(&completion, |reason| matches!(reason, Reason::Skipped(..))), "left alone");

    server.start_again().await;
    tokio::time::pause();
    tokio::time::advance(BreakerConfig::default().first_pause).await;
    tokio::time::resume();
    assert_eq!(source(&fixture.complete("e = ").await), "remote far", "its probe");
    assert_eq!(breaker(&fixture, "far"), BreakerState::Closed);
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_tried_again() {
    let mut server = server(|| Answer::stream(&["b"], Then::End)).await;
    server.kill().await;
    let fixture = start([("small", FakeModel::default())], preferring(far(&server.url("/v1"))));
    fixture.load("small").await;
    let error = fixture.service.load(&id("far")).await.unwrap_err().to_string();
    assert!(error.contains("is the server running"), "{error}");
    assert_eq!(source(&fixture.complete("x = ").await), "small", "and no request waits for it");
    server.start_again().await;
    fixture.load("far").await;
    assert_eq!(source(&fixture.complete("y = ").await), "remote far");
}

#[tokio::test]
async fn a_model_of_this_machine_goes_first_unless_the_user_says_otherwise() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let mut settings = preferring(far(&server.url("/v1")));
    settings.remote.prefer = false;
    let fixture = beside_small(settings.clone()).await;
    assert_eq!(source(&fixture.complete("x = ").await), "small");
    fixture.service.unload(&id("small")).await;
    assert_eq!(source(&fixture.complete("y = ").await), "remote far", "in need");
    fixture.load("small").await;
    fixture.service.pin(Some(id("far"))).await.unwrap();
    assert_eq!(source(&fixture.complete("z = ").await), "remote far", "it is pinned");
    settings.models.default = Some(id("far"));
    fixture.service.set_settings(settings).await.unwrap();
    assert_eq!(source(&fixture.complete("w = ").await), "remote far", "it is the default");
}

#[tokio::test]
async fn changed_entries_count_from_the_next_request() {
    let old = server(|| Answer::stream(&["old"], Then::End)).await;
    let new = server(|| Answer::stream(&["new"], Then::End)).await;
    let mut settings = preferring(far(&old.url("/v1")));
    let fixture = beside_small(settings.clone()).await;
    assert_eq!(fixture.complete("x = ").await.text, "old");
    settings.remote.engines = vec![far(&new.url("/v1"))];
    fixture.service.set_settings(settings.clone()).await.unwrap();
    fixture.load("far").await;
    assert_eq!(fixture.complete("y = ").await.text, "new");
    assert_eq!(fixture.complete("x = ").await.text, "new", "the old one's answer is forgotten");
    let status = fixture.service.status();
    let info = status.models.iter().find_map(|model| model.remote.clone()).unwrap();
    assert_eq!((info.host.as_str(), info.url), ("127.0.0.1", new.url("/v1")));

    settings.remote.enabled = false;
    fixture.service.set_settings(settings).await.unwrap();
    assert_eq!(fixture.service.status().models.len(), 1, "it is no entry any more");
    let n_seen = new.seen().len();
    assert_eq!(source(&fixture.complete("z = ").await), "small");
    assert_eq!(new.seen().len(), n_seen, "and is asked no more");
}

#[tokio::test]
async fn what_another_process_saved_counts_after_a_refresh() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let fixture = start([("small", FakeModel::default())], Settings::default());
    let file = SettingsFile::new(&Paths::under(fixture.dir.path()).settings_file());
    file.save(&Settings::default(), &preferring(far(&server.url("/v1")))).unwrap();
    assert!(fixture.service.load(&id("far")).await.is_err(), "the service does not know of it yet");
    fixture.service.refresh().await;
    fixture.load("far").await;
    assert_eq!(source(&fixture.complete("x = ").await), "remote far");
}

#[tokio::test]
async fn a_server_takes_no_memory_and_is_never_evicted() {
    let server = server(|| Answer::stream(&["b"], Then::End)).await;
    let mut fixture = beside_small(preferring(far(&server.url("/v1")))).await;
    let used = fixture.service.status().used_bytes;
    fixture.service.unload(&id("small")).await;
    let after = fixture.service.status();
    assert_eq!((used > 0, after.used_bytes), (true, 0), "all of it was the small model's");
    assert_eq!(fixture.state("far"), ModelState::Warm);
    fixture.service.use_model(&id("far")).await.unwrap();
    // An idle model is unloaded, a server is not. When the second round ends, the first one's idle
    // check has looked at every model.
    for _ in 0..2 {
        fixture.load("small").await;
        fixture.take_events();
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(24 * 3600)).await;
        tokio::time::resume();
        while !fixture.take_events().contains(&"small unloaded: Idle".to_owned()) {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(fixture.state("far"), ModelState::Warm, "idleness costs nothing");
}
