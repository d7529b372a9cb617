//! OpenAI's protocol.

use serde_json::json;

use crate::fixture::Fixture;

#[tokio::test]
async fn completions_answer_as_openai_does() {
    let fixture = Fixture::start().await;
    let request = json!({
        "model": "pounce",
        "prompt": "def add(a, b):\n    return ",
        "suffix": "\n\nprint(add(1, 2))\n",
        "max_tokens": 16,
        "stop": ["\n\n"],
        "logprobs": 0,
    });
    let answer = fixture.post("/v1/completions", &request.to_string()).await.json();
    assert_eq!((&answer["object"], &answer["model"]), (&json!("text_completion"), &json!("small")));
    let choice = &answer["choices"][0];
    assert_eq!((&choice["text"], &choice["finish_reason"]), (&json!("a + b"), &json!("stop")));
    assert_eq!(choice["logprobs"]["tokens"], json!(["a + b"]));
    assert_eq!(choice["logprobs"]["text_offset"], json!([26]));
    assert_eq!(answer["usage"]["completion_tokens"], 3);
    let prompt = fixture.take_asked().remove(0);
    assert_eq!(prompt.segments.suffix, "\n\nprint(add(1, 2))\n");
}

#[tokio::test]
async fn completions_are_streamed() {
    let fixture = Fixture::start().await;
    let request = json!({
        "model": "small",
        "prompt": "def add(a, b):\n    return ",
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    let answer = fixture.post("/v1/completions", &request.to_string()).await;
    assert!(answer.body.ends_with("data: [DONE]\n\n"), "{}", answer.body);
    let parts = answer.events();
    assert_eq!(parts[0]["choices"][0]["text"], "a + b");
    assert_eq!(parts[0]["choices"][0]["finish_reason"], json!(null));
    assert_eq!(parts[1]["choices"][0]["finish_reason"], "stop");
    assert_eq!(
        (&parts[2]["choices"], &parts[2]["usage"]["completion_tokens"]),
        (&json!([]), &json!(3))
    );
}

#[tokio::test]
async fn several_choices_are_numbered() {
    let fixture = Fixture::start().await;
    let request = json!({ "model": "", "prompt": "def add(a, b):\n    return ", "n": 2 });
    let answer = fixture.post("/v1/completions", &request.to_string()).await.json();
    let indices: Vec<_> =
        answer["choices"].as_array().unwrap().iter().map(|it| it["index"].clone()).collect();
    assert_eq!(indices, [json!(0), json!(1)]);
}

#[tokio::test]
async fn a_temperature_is_obeyed() {
    let fixture = Fixture::start().await;
    let ask = async |temperature: f32| {
        let request = json!({ "model": "", "prompt": "def add(a, b):\n    return ", "temperature": temperature });
        fixture.post("/v1/completions", &request.to_string()).await;
        fixture.take_asked().len()
    };
    assert_eq!(ask(0.0).await, 1, "it runs");
    assert_eq!(ask(0.0).await, 0, "the same text again is remembered");
    assert_eq!(ask(0.8).await, 1, "a drawn one is drawn again");
}

#[tokio::test]
async fn the_models_are_listed() {
    let fixture = Fixture::start().await;
    let models = fixture.get("/v1/models").await.json();
    let ids: Vec<_> =
        models["data"].as_array().unwrap().iter().map(|model| model["id"].clone()).collect();
    assert_eq!(ids, [json!("pounce"), json!("small")]);
}

#[tokio::test]
async fn refusals_are_in_openai_s_form() {
    let fixture = Fixture::start().await;
    let refused =
        fixture.post("/v1/completions", r#"{"model": "", "prompt": "a", "echo": true}"#).await;
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status, &error["param"]), (400, &json!("echo")));
    assert_eq!((&error["type"], &error["code"]), (&json!("invalid_request_error"), &json!(null)));
    let unknown = fixture.post("/v1/completions", r#"{"model": "gpt-9", "prompt": "a"}"#).await;
    assert_eq!(
        (unknown.status, &unknown.json()["error"]["code"]),
        (404, &json!("model_not_found"))
    );
    let chat = fixture.post("/v1/chat/completions", "{}").await;
    assert_eq!(
        (chat.status, &chat.json()["error"]["type"]),
        (404, &json!("invalid_request_error"))
    );
}
