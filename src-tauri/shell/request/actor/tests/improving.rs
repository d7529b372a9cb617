//! A larger model's completion takes the first one's place until that is pasted.

use super::bench::{Bench, Seen};
use super::*;
use crate::clipboard::backend::Replaced;
use crate::in_time::in_time;

/// A completion on the clipboard, while a larger model goes on that has `2;` instead of `1;`.
async fn completed(is_worth_more: bool) -> Bench {
    let completer = ScriptedCompleter::finding("1;", &["3;"]).improving("2;", is_worth_more);
    let mut bench = Bench::new("let x = ", completer);
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "the first completion does not wait");
    bench
}

/// The larger model ends. Returns whether its completion was in time.
async fn ends_in_time(bench: &Bench) -> bool {
    bench.completer.improves.notify_one();
    bench.sees_improvement().await
}

#[tokio::test]
async fn a_better_completion_takes_the_place_of_the_first() {
    let bench = completed(true).await;
    assert!(ends_in_time(&bench).await);
    bench.sees(Seen::Notice("Improved".into())).await;
    assert_eq!(bench.text().await, "let x = 2;");
    assert_eq!(bench.history(), ["2;"], "one request has one completion");
}

#[tokio::test]
async fn undo_and_the_next_candidate_know_both() {
    let mut bench = completed(true).await;
    assert!(ends_in_time(&bench).await);
    bench.press_and_see("2 of 2").await;
    assert_eq!(bench.text().await, "let x = 1;", "the first comes next");
    assert_eq!(bench.listed(), ["2;", "1;"]);
    bench.ask(Verb::Undo);
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(bench.text().await, "let x = ", "one undo for both");
}

#[tokio::test]
async fn after_a_paste_the_first_stays_and_the_better_comes_next() {
    let mut bench = completed(true).await;
    *bench.readers.lock().unwrap() = Replaced::No;
    assert!(!ends_in_time(&bench).await);
    assert_eq!(bench.text().await, "let x = 1;", "it was pasted");
    bench.press_and_see("2 of 2").await;
    assert_eq!(bench.text().await, "let x = 2;", "a press brings it");
}

#[tokio::test]
async fn a_completion_that_is_worth_less_comes_next() {
    let mut bench = completed(false).await;
    bench.completer.improves.notify_one();
    while bench.listed().len() < 2 {
        bench.sees_more().await;
    }
    assert_eq!((bench.text().await.as_str(), bench.listed().len()), ("let x = 1;", 2));
    bench.press_and_see("2 of 2").await;
    assert_eq!(bench.text().await, "let x = 2;");
}

#[tokio::test]
async fn where_pastes_are_not_seen_it_is_replaced_for_a_short_time_only() {
    for (age_ms, expected) in [(100, "let x = 2;"), (500, "let x = 1;")] {
        let bench = completed(true).await;
        *bench.readers.lock().unwrap() = Replaced::Untold(Duration::from_millis(age_ms));
        ends_in_time(&bench).await;
        assert_eq!(bench.text().await, expected, "{age_ms} ms after the first");
    }
}

#[tokio::test]
async fn what_was_copied_since_stays() {
    let bench = completed(true).await;
    bench.copy("something new").await;
    *bench.readers.lock().unwrap() = Replaced::Untold(Duration::ZERO);
    assert!(!ends_in_time(&bench).await);
    assert_eq!(bench.text().await, "something new");
}

/// Waits until the larger model's work on the first completion has ended.
async fn ends(bench: &Bench) {
    let has_ended = async {
        while bench.completer.improvements()[1] == 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(has_ended).await;
}

#[tokio::test]
async fn whatever_the_user_does_next_ends_it() {
    for verb in [Verb::Undo, Verb::SetPaused(true), Verb::Next] {
        let bench = completed(true).await;
        assert_eq!(bench.completer.improvements(), [1, 0], "before {verb:?}");
        bench.ask(verb);
        ends(&bench).await;
    }
    for mode in [None, Some(Mode::Block)] {
        let mut bench = completed(true).await;
        bench.press(mode);
        ends(&bench).await;
    }
}

#[tokio::test]
async fn another_copy_and_the_end_of_the_app_end_it() {
    for message in [Message::Copied, Message::Stop] {
        let bench = completed(true).await;
        *bench.readers.lock().unwrap() = Replaced::No;
        bench.send(message);
        ends(&bench).await;
    }
}

#[tokio::test]
async fn its_own_write_does_not_end_it() {
    let bench = completed(true).await;
    bench.send(Message::Copied);
    assert!(ends_in_time(&bench).await);
    assert_eq!(bench.text().await, "let x = 2;");
}
