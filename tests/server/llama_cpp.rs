//! llama.cpp's protocol.

use std::time::Duration;

use pounce_service::Counter;
use pounce_service::engines::fake::FakeModel;
use serde_json::json;

use crate::fixture::Fixture;

#[tokio::test]
async fn infill_fills_in_code_between_prefix_and_suffix() {
    let fixture = Fixture::start().await;
    let request = json!({
        "input_extra": [{ "filename": "other.py", "text": "x = 1" }],
        "input_prefix": "def add(a, b):\n",
        "prompt": "    return ",
        "input_suffix": "\nprint(add(1, 2))\n",
    });
    let answer = fixture.post("/infill", &request.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer["content"], "a + b");
    assert_eq!((&answer["stop"], &answer["stop_type"]), (&json!(true), &json!("eos")));
    assert_eq!(answer["model"], "small");
    assert_eq!(answer["timings"]["predicted_n"], 3);
    let prompts = fixture.take_asked();
    let [prompt] = prompts.as_slice() else { panic!("one prompt: {prompts:?}") };
    assert_eq!(prompt.segments.prefix, "x = 1\ndef add(a, b):\n    return ", "extra code first");
    assert_eq!(prompt.segments.suffix, "\nprint(add(1, 2))\n");
    assert_eq!(prompt.language.name(), "python", "detected from the file's own code");
}

#[tokio::test]
async fn infill_without_tokens_only_reads_ahead() {
    let fixture = Fixture::start().await;
    let request = json!({ "input_prefix": "def add(a, b):\n    return ", "n_predict": 0 });
    let answer = fixture.post("/infill", &request.to_string()).await.json();
    assert_eq!((&answer["content"], &answer["tokens_predicted"]), (&json!(""), &json!(0)));
    assert_eq!(fixture.loader.take_log(), ["prepare small"], "nothing was written");
    assert_eq!(fixture.service.count(Counter::ReadAhead), 1);
}

#[tokio::test]
async fn infill_ends_where_the_client_says() {
    let model = FakeModel {
        load: Duration::ZERO,
        encode: Duration::ZERO,
        step: Duration::ZERO,
        tokens: vec!["a", " + ", "b\n", "    c = 1\n", "print(c)"],
        ..FakeModel::default()
    };
    let fixture = Fixture::with(model, None).await;
    let ask = async |more: serde_json::Value| {
        let mut request = json!({ "input_prefix": "def add(a, b):\n    x = " });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fixture.post("/infill", &request.to_string()).await.json()
    };
    let stopped = ask(json!({ "stop": [" +"] })).await;
    assert_eq!((&stopped["content"], &stopped["stop_type"]), (&json!("a"), &json!("word")));
    assert_eq!(stopped["stopping_word"], " +");
    let indented = ask(json!({ "n_indent": 4 })).await;
    let lines = indented["content"].as_str().unwrap().lines().skip(1);
    assert!(lines.clone().all(|line| line.starts_with("    ")), "{indented}");
    let short = ask(json!({ "n_predict": 1 })).await;
    assert_eq!((&short["content"], &short["stop_type"]), (&json!("a"), &json!("limit")));
}

#[tokio::test]
async fn infill_sends_the_fields_that_are_wanted_and_streams_them() {
    let fixture = Fixture::start().await;
    let request = json!({
        "input_prefix": "def add(a, b):\n    return ",
        "response_fields": ["content", "timings/predicted_n", "truncated"],
    });
    let answer = fixture.post("/infill", &request.to_string()).await.json();
    assert_eq!(answer, json!({ "content": "a + b", "timings/predicted_n": 3, "truncated": false }));
    let request = json!({ "input_prefix": "def add(a, b):\n    return ", "stream": true });
    let answer = fixture.post("/infill", &request.to_string()).await;
    assert!(answer.head.contains("text/event-stream"), "{}", answer.head);
    let parts = answer.events();
    assert_eq!((&parts[0]["content"], &parts[0]["stop"]), (&json!("a + b"), &json!(false)));
    assert_eq!((&parts[1]["content"], &parts[1]["stop"]), (&json!(""), &json!(true)));
    assert_eq!(parts.len(), 2);
}

#[tokio::test]
async fn infill_has_several_texts_where_they_are_wanted() {
    let model = FakeModel {
        load: Duration::ZERO,
        encode: Duration::ZERO,
        step: Duration::ZERO,
        probability: Some(0.5),
        alternatives: vec![("b + a", 0.2)],
        ..FakeModel::default()
    };
    let fixture = Fixture::with(model, None).await;
    let request = json!({ "input_prefix": "def add(a, b):\n    return ", "n_cmpl": 3 });
    let answer = fixture.post("/infill", &request.to_string()).await.json();
    let texts: Vec<_> =
        answer.as_array().unwrap().iter().map(|it| it["content"].as_str().unwrap()).collect();
    assert_eq!(texts, ["a + b", "b + a", "a + b"], "the best one stands for the third");
}

#[tokio::test]
async fn the_state_is_told_as_llama_cpp_does() {
    let fixture = Fixture::start().await;
    let health = fixture.get("/health").await;
    assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })));
    assert_eq!(fixture.get("/v1/health").await.status, 200);
    let props = fixture.get("/props").await.json();
    assert_eq!((&props["total_slots"], &props["model_path"]), (&json!(1), &json!("small")));
    let slots = fixture.get("/slots?fail_on_no_slot=1").await.json();
    assert_eq!(slots, json!([{ "id": 0, "is_processing": false, "speculative": false }]));
    fixture.service.unload(&"small".into()).await;
    let health = fixture.get("/health").await;
    assert_eq!(health.status, 503, "no model is in memory");
    assert_eq!(health.json()["error"]["type"], "unavailable_error");
}

#[tokio::test]
async fn refusals_are_in_llama_cpp_s_form() {
    let fixture = Fixture::start().await;
    let refused =
        fixture.post("/infill", r#"{"input_prefix": "a", "grammar": "root ::= x"}"#).await;
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status, &error["code"]), (400, &json!(400)));
    assert_eq!(error["type"], "invalid_request_error");
    assert!(error["message"].as_str().unwrap().contains("`grammar`"), "{error}");
    let unknown = fixture.post("/infill", r#"{"input_prefix": "a", "model": "huge"}"#).await;
    assert_eq!(
        (unknown.status, &unknown.json()["error"]["type"]),
        (404, &json!("not_found_error"))
    );
    assert!(unknown.body.contains("pounce, small"), "what there is: {}", unknown.body);
}

#[tokio::test]
async fn metrics_tell_where_requests_come_from() {
    let fixture = Fixture::start().await;
    fixture.post("/infill", r#"{"input_prefix": "def add(a, b):\n    return "}"#).await;
    let metrics = fixture.get("/metrics").await;
    assert!(metrics.head.contains("text/plain; version=0.0.4"), "{}", metrics.head);
    assert!(metrics.body.contains("pounce_requests_by_origin_total{origin=\"llama_cpp\"} 1"));
    assert!(!metrics.body.contains("return"), "no code");
}
