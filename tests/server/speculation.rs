//! What is likely to be asked next is there before it is asked.

use pounce_service::Counter;
use pounce_service::engines::fake::FakeModel;
use serde_json::json;

use crate::fixture::{Fixture, MS};

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_accepted_has_the_next_one_ready() {
    let fixture = Fixture::with(FakeModel::default(), None).await;
    let ask = async |prefix: &str| {
        let request = json!({ "input_prefix": prefix });
        let started = tokio::time::Instant::now();
        let answer = fixture.post("/infill", &request.to_string()).await.json();
        (answer["content"].as_str().unwrap().to_owned(), started.elapsed())
    };
    let code = "def add(a, b):\n    return ";
    let (first, took) = ask(code).await;
    assert!(took >= 20 * MS, "the model reads for 20 ms: {took:?}");
    tokio::time::sleep(50 * MS).await;
    assert_eq!(fixture.service.count(Counter::Speculated), 1, "while it is shown");
    let (_, took) = ask(&format!("{code}{first}")).await;
    assert!(took < 20 * MS, "the next one was there: {took:?}");
    assert_eq!(fixture.service.count(Counter::CacheHits), 1);
}
