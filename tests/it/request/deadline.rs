//! Deadlines: an answer by the maximum, whatever the model does.

use std::time::Duration;

use pounce_engine::{FinishReason, Language};
use pounce_service::engines::fake::{FakeModel, Fault};
use pounce_service::{CompletionRequest, Counter, Deadline, Reason, TimeLimits};

use crate::support::{CODE, MS, REPEATING, block, fast, has, id, request, source, warm, warm_pair};

/// A model that reads the prompt in 20 ms and writes a token every 20 ms.
fn slow(tokens: Vec<&'static str>) -> FakeModel {
    FakeModel { step: 20 * MS, tokens, ..FakeModel::default() }
}

#[tokio::test(start_paused = true)]
async fn a_completion_that_ends_in_time_is_whole() {
    let fixture = warm(slow(vec!["x"; 8])).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.text, "xxxxxxxx", "reading and 8 tokens take 180 ms");
    assert!(!completion.is_partial);
    assert_eq!((completion.finish, completion.elapsed), (Some(FinishReason::Stop), 180 * MS));
}

#[tokio::test(start_paused = true)]
async fn at_the_maximum_the_useful_part_is_returned() {
    let fixture = warm(slow(vec!["foo", "(", "bar", ",", " ", "b", "a", "z", "o", "o", ")"])).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.text, "foo(bar,", "a name that may go on is left out");
    assert!(completion.is_partial, "the model would have gone on");
    assert!(completion.elapsed <= 200 * MS, "in time: {:?}", completion.elapsed);
    assert_eq!(source(&completion), "small");
}

#[tokio::test(start_paused = true)]
async fn without_a_useful_boundary_the_fallback_answers() {
    let fixture = warm(slow(vec!["x"; 50])).await;
    let completion = fixture.complete(REPEATING).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("copy", "name"));
    assert!(
        has(&completion, |reason| *reason == Reason::NoUsefulBoundary(id("small"))),
        "{completion:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_late_from_the_start_is_cut_off() {
    let fixture = warm(FakeModel::default()).await;
    fixture.loader.break_run("small", Fault::Slow(Duration::from_secs(9)));
    let completion = fixture.complete(REPEATING).await;
    assert_eq!((source(&completion).as_str(), completion.elapsed), ("copy", 200 * MS));
    assert!(
        has(&completion, |reason| *reason == Reason::DeadlineMissed(id("small"))),
        "{completion:?}"
    );
    tokio::time::sleep(MS).await;
    assert_eq!(fixture.count(Counter::StuckRuns), 0, "it stopped when told to");
    assert_eq!(
        fixture.complete(CODE).await.elapsed,
        26 * MS,
        "and the next request is not delayed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_block_is_paced_to_end_at_a_line() {
    let line = ["a", "b", "c", "\n    "];
    let fixture = warm(slow(line.repeat(9))).await;
    let completion = fixture.service.complete(block(CODE)).await;
    assert_eq!(completion.text, "abc\n    abc", "two lines of 80 ms fit after 20 ms of reading");
    assert!(completion.is_partial);
    assert_eq!(completion.finish, Some(FinishReason::Yielded), "it stopped by itself");
    assert_eq!(completion.elapsed, 180 * MS, "rather than waiting for a line that will not come");
    assert_eq!(fixture.count(Counter::DeadlineMissed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_the_caller_sets_is_kept() {
    let fixture = warm(slow(vec!["a", " ", "+", " ", "b", " ", "c"])).await;
    let limits = TimeLimits { target: 50 * MS, maximum: 70 * MS };
    let completion = fixture.service.complete_by(request(CODE), Deadline::after(limits)).await;
    assert_eq!(completion.text, "a");
    assert!(completion.elapsed <= 70 * MS, "{:?}", completion.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_run_is_counted_and_blocks_no_other_model() {
    let fixture = warm_pair(fast()).await;
    fixture.loader.break_run("small", Fault::Stuck(Duration::from_millis(800)));
    let completion = fixture.complete(REPEATING).await;
    assert_eq!(
        (source(&completion).as_str(), completion.elapsed),
        ("copy", 200 * MS),
        "it is not waited for"
    );
    tokio::time::sleep(150 * MS).await;
    assert_eq!(fixture.count(Counter::StuckRuns), 1);
    let completion = fixture.complete(CODE).await;
    assert_eq!(source(&completion), "medium", "another model answers: {completion:?}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fixture.count(Counter::LostThreads), 0, "it came back");
    assert_eq!(source(&fixture.complete("x = ").await), "small", "and is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_never_comes_back_costs_its_thread_and_its_memory() {
    let mut fixture = warm(FakeModel::default()).await;
    let used = fixture.service.status().used_bytes;
    fixture.loader.break_run("small", Fault::Lost);
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.elapsed, 200 * MS, "nothing hangs");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(fixture.count(Counter::LostThreads), 1);
    assert_eq!(fixture.service.status().used_bytes, used, "lost memory stays counted");
    let events = fixture.take_events();
    assert!(events.contains(&"small unloaded: Lost".to_owned()), "{events:?}");
    assert!(events.contains(&"small breaker open".to_owned()), "{events:?}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    fixture.complete(CODE).await;
    fixture.load("small").await;
    assert_eq!(source(&fixture.complete(CODE).await), "small", "a new thread has taken its place");
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_reported() {
    let fixture = warm(FakeModel { tokens: vec![], ..FakeModel::default() }).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("small", ""));
    assert!(
        has(&completion, |reason| *reason == Reason::EmptyAnswer(id("small"))),
        "{completion:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_without_code_before_the_cursor_is_reported() {
    let fixture = warm(FakeModel::default()).await;
    let completion = fixture.complete(" \n").await;
    assert_eq!(completion.reasons, [Reason::NothingToComplete]);
    assert!(fixture.loader.take_log().is_empty(), "no model was asked");
}

#[tokio::test(start_paused = true)]
async fn text_that_is_hard_to_parse_does_not_hold_a_request() {
    /// Real time, since a parser knows no other. Grammars that are not optimized get a second for each text; without a
    /// limit, the recovery from errors took minutes.
    const GENEROUS: Duration = Duration::from_secs(20);
    let fixture = warm(FakeModel::default()).await;
    let hostile = format!("{}\nfunction add(a, b) {{ return ", "-&".repeat(5_000));
    let request = CompletionRequest { language: Language::JavaScript, ..request(&hostile) };
    let started = std::time::Instant::now();
    let completion = fixture.service.complete(request).await;
    let took = started.elapsed();
    assert!(took < GENEROUS, "{took:?} for {completion:?}");
}

/// Analysis, like all work that blocks, is waited for; the clock stands still until the test moves it.
#[test]
fn a_request_ends_in_time_however_long_its_analysis_takes() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let fixture = warm(FakeModel::default()).await;
        let (analysis_may_start, held) = std::sync::mpsc::channel::<()>();
        let holding = tokio::task::spawn_blocking(move || held.recv());
        let service = fixture.service.clone();
        let completing = tokio::spawn(async move { service.complete(request(REPEATING)).await });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let asked = fixture.loader.take_log();
        assert!(asked.is_empty(), "analysis waits for its thread, other tasks go on: {asked:?}");
        tokio::time::advance(200 * MS).await;
        drop(analysis_may_start);
        holding.await.unwrap().unwrap_err();
        let completion = completing.await.unwrap();
        assert_eq!(completion.elapsed, 200 * MS, "by the deadline: {completion:?}");
        assert_eq!(source(&completion), "copy", "there was no time for the model");
    });
}
