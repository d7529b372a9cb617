//! The cache of completions, seen from outside.

use std::time::Duration;

use pounce_service::engines::fake::{FakeModel, Fault};
use pounce_service::{CompletionRequest, Counter, Settings};

use crate::support::{CODE, MS, block, fast, id, request, source, start, warm, warm_pair};

#[tokio::test(start_paused = true)]
async fn the_same_context_is_answered_from_the_cache() {
    let fixture = warm(FakeModel::default()).await;
    fixture.complete(CODE).await;
    let again = fixture.complete(CODE).await;
    assert_eq!(
        (source(&again).as_str(), again.text.as_str(), again.elapsed),
        ("cache", "a + b", Duration::ZERO)
    );
    assert_eq!((fixture.count(Counter::CacheHits), fixture.count(Counter::CacheMisses)), (1, 1));
    assert_eq!(fixture.loader.take_log(), ["run small"], "one run for two answers");
}

#[tokio::test(start_paused = true)]
async fn a_cached_answer_is_as_sure_as_it_was() {
    let fixture = warm(FakeModel { probability: Some(0.9), ..FakeModel::default() }).await;
    let first = fixture.complete(CODE).await;
    let again = fixture.complete(CODE).await;
    assert_eq!(source(&again), "cache");
    assert!(first.confidence.is_some(), "its model tells probabilities");
    assert_eq!(again.confidence, first.confidence);
}

#[tokio::test(start_paused = true)]
async fn any_change_of_the_context_misses() {
    let fixture = warm(FakeModel::default()).await;
    fixture.complete(CODE).await;
    let mut edited_after = request(CODE);
    edited_after.segments.suffix = "\nprint(add(1, 2))".to_owned();
    for (what, request) in [
        ("a later cursor", request(&format!("{CODE}a"))),
        ("an edit after the cursor", edited_after),
        ("another mode", block(CODE)),
    ] {
        assert_eq!(
            source(&fixture.service.complete(request).await),
            "small",
            "{what} is another context"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn another_models_answer_is_a_fallback_only() {
    let fixture = warm_pair(fast()).await;
    fixture.complete(CODE).await;
    fixture.service.pin(Some(id("medium"))).await.unwrap();
    let asked = fixture.complete(CODE).await;
    assert_eq!(source(&asked), "medium", "the user wants that model's answer");

    fixture.service.clear_cache();
    fixture.service.pin(None).await.unwrap();
    fixture.complete(CODE).await;
    fixture.service.pin(Some(id("medium"))).await.unwrap();
    fixture.loader.break_run("medium", Fault::Error);
    let fallen_back = fixture.complete(CODE).await;
    assert_eq!((source(&fallen_back).as_str(), fallen_back.text.as_str()), ("cache", "a + b"));
}

#[tokio::test(start_paused = true)]
async fn partial_answers_are_not_remembered() {
    let fixture =
        warm(FakeModel { step: 30 * MS, tokens: vec!["a, "; 20], ..FakeModel::default() }).await;
    assert!(fixture.complete(CODE).await.is_partial);
    assert_eq!(source(&fixture.complete(CODE).await), "small", "the next attempt may get further");
}

#[tokio::test(start_paused = true)]
async fn clearing_the_cache_also_forgets_what_drafts_are_made_from() {
    let fixture = warm(FakeModel::default()).await;
    fixture.loader.take_configs();
    let given = async |request: CompletionRequest| {
        fixture.service.complete(request).await;
        fixture.loader.take_configs().pop().expect("the model was asked").recent
    };
    let first = given(request("a = ")).await;
    assert!(first.is_some(), "a completion may be guessed from those before");
    assert_eq!(given(request("b = ")).await, first, "which are the model's own");
    let secret = CompletionRequest { is_secret: true, ..request("c = ") };
    assert_eq!(given(secret).await, None, "a secret is not kept");
    fixture.service.clear_cache();
    let second = given(request("d = ")).await;
    assert!(second.is_some() && second != first, "those before were forgotten");
    let mut settings = fixture.service.settings();
    settings.cache.max_kb = 0;
    fixture.service.set_settings(settings.clone()).await.unwrap();
    assert_eq!(given(request("e = ")).await, None, "nothing is to be remembered");
    settings.cache.max_kb = 64;
    fixture.service.set_settings(settings).await.unwrap();
    let third = given(request("f = ")).await;
    assert!(third.is_some() && third != second, "nor was it");
}

#[tokio::test(start_paused = true)]
async fn the_cache_stays_off_the_disk_unless_the_user_wants_it() {
    let check = |keep_on_disk: bool| async move {
        let mut settings = Settings::default();
        settings.cache.keep_on_disk = keep_on_disk;
        let fixture = start([("small", FakeModel::default())], settings);
        fixture.load("small").await;
        fixture.complete(CODE).await;
        fixture.service.shut_down().await;
        let is_kept = fixture.dir.path().join("data/cache.json").exists();
        assert_eq!(is_kept, keep_on_disk, "kept only if keep_on_disk is set");
    };
    check(false).await;
    check(true).await;
}
