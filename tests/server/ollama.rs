//! Ollama's protocol.

use serde_json::json;

use crate::fixture::Fixture;

#[tokio::test]
async fn generate_answers_as_ollama_does() {
    let fixture = Fixture::start().await;
    let request = json!({
        "model": "small:latest",
        "prompt": "def add(a, b):\n    return ",
        "suffix": "\nprint(add(1, 2))",
        "options": { "temperature": 0, "num_predict": 64, "num_ctx": 4096 },
        "keep_alive": 1800,
        "stream": false,
    });
    let answer = fixture.post("/api/generate", &request.to_string()).await.json();
    assert_eq!((&answer["response"], &answer["done"]), (&json!("a + b"), &json!(true)));
    assert_eq!((&answer["done_reason"], &answer["eval_count"]), (&json!("stop"), &json!(3)));
    assert_eq!(answer["model"], "small:latest", "the name that was asked for");
}

#[tokio::test]
async fn generate_streams_unless_it_is_told_not_to() {
    let fixture = Fixture::start().await;
    let request = json!({ "model": "pounce", "prompt": "def add(a, b):\n    return " });
    let answer = fixture.post("/api/generate", &request.to_string()).await;
    assert!(answer.head.contains("application/x-ndjson"), "{}", answer.head);
    let parts = answer.lines();
    assert_eq!((&parts[0]["response"], &parts[0]["done"]), (&json!("a + b"), &json!(false)));
    assert_eq!((&parts[1]["response"], &parts[1]["done"]), (&json!(""), &json!(true)));
    assert_eq!(parts[0].get("done_reason"), None, "only the end has a reason");
}

#[tokio::test]
async fn an_empty_prompt_loads_the_model() {
    let fixture = Fixture::start().await;
    fixture.service.unload(&"small".into()).await;
    let request = json!({ "model": "small", "stream": false });
    let answer = fixture.post("/api/generate", &request.to_string()).await.json();
    assert_eq!((&answer["done_reason"], &answer["response"]), (&json!("load"), &json!("")));
    assert!(fixture.loader.take_log().contains(&"load small".to_owned()));
}

#[tokio::test]
async fn the_models_are_listed_and_shown() {
    let fixture = Fixture::start().await;
    let tags = fixture.get("/api/tags").await.json();
    let names: Vec<_> =
        tags["models"].as_array().unwrap().iter().map(|model| model["name"].clone()).collect();
    assert_eq!(names, [json!("pounce:latest"), json!("small:latest")]);
    let shown = fixture.post("/api/show", r#"{"name": "small"}"#).await.json();
    assert!(
        shown["template"].as_str().unwrap().contains(".Suffix"),
        "by which Continue sees that it fills in"
    );
    assert_eq!(shown["capabilities"], json!(["completion", "insert"]));
    assert!(fixture.get("/api/version").await.json()["version"].is_string());
}

#[tokio::test]
async fn refusals_are_in_ollama_s_form() {
    let fixture = Fixture::start().await;
    let refused = fixture
        .post("/api/generate", r#"{"model": "small", "prompt": "a", "format": "json"}"#)
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["error"].as_str().unwrap().contains("`format`"), "{refused:?}");
    let unknown = fixture.post("/api/show", r#"{"model": "huge"}"#).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["error"].as_str().unwrap().contains("small"), "{unknown:?}");
}
