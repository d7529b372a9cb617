//! Going through the candidates of a request.

use super::bench::{Bench, Seen};
use super::*;
use crate::in_time::in_time;

#[tokio::test]
async fn presses_go_through_the_candidates_and_one_undo_takes_all_back() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;", "3;"]));
    bench.complete().await;
    assert_eq!(bench.listed(), ["1;"], "the others are searched for once they are wanted");
    bench.press_and_see("2 of 3").await;
    assert_eq!(bench.text().await, "let x = 2;", "in place of the first");
    bench.press_and_see("3 of 3").await;
    assert_eq!(bench.listed(), ["1;", "2;", "3;"], "the tray lists them");
    bench.press_and_see("The snippet as it was").await;
    assert_eq!(bench.text().await, "let x = ");
    bench.press_and_see("1 of 3").await;
    bench.ask(Verb::Next);
    bench.sees(Seen::Notice("2 of 3".into())).await;
    assert_eq!(bench.completer.requests.lock().unwrap().len(), 2, "one search was enough");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(bench.text().await, "let x = ", "one undo for all");
    assert!(bench.listed().is_empty(), "then the candidates are forgotten");
}

#[tokio::test]
async fn a_new_copy_or_another_mode_begins_anew() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;"]));
    bench.complete().await;
    bench.press_and_see("2 of 2").await;
    bench.copy("let y = ").await;
    bench.press_and_see("Completed").await;
    assert_eq!(bench.text().await, "let y = 1;", "of what was copied");
    bench.press(Some(Mode::Block));
    bench.sees(Seen::Notice("Completed".into())).await;
    assert_eq!(bench.text().await, "let y = 1;1;", "another mode goes on from there");
}

#[tokio::test]
async fn without_another_candidate_the_clipboard_is_left_alone() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.ask(Verb::Next);
    bench.sees(Seen::Notice("No other completion".into())).await;
    assert_eq!(bench.text().await, "let x = ", "nothing was completed yet");
    bench.complete().await;
    bench.press_and_see("No other completion").await;
    bench.press_and_see("No other completion").await;
    assert_eq!(bench.text().await, "let x = 1;", "there is no second");
    assert_eq!(bench.completer.requests.lock().unwrap().len(), 2, "which is known after a search");
}

#[tokio::test]
async fn the_next_candidate_does_not_replace_what_was_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;"]));
    bench.complete().await;
    bench.copy("something new").await;
    bench.ask(Verb::Next);
    bench.sees(Seen::Ended(Outcome::LeftAlone(Refusal::Changed))).await;
    assert_eq!(bench.text().await, "something new");
    bench.ask(Verb::Choose(0));
    bench.sees(Seen::Notice("1 of 1".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "but what is chosen in the menu does");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "something new", "and undo brings it back");
}

#[tokio::test]
async fn a_search_can_be_cancelled_and_tried_again() {
    let gate = Arc::new(Notify::new());
    let mut completer = ScriptedCompleter::behind(&gate, "1;");
    completer.others = ScriptedCompleter::finding("1;", &["2;"]).others;
    let mut bench = Bench::new("let x = ", completer);
    gate.notify_one();
    bench.complete().await;
    in_time(bench.completer.has_requests.notified()).await;
    bench.press(None);
    in_time(bench.completer.has_requests.notified()).await;
    bench.press(None);
    bench.sees(Seen::Drawn(RequestState { can_undo: true, ..RequestState::default() })).await;
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "the first stays");
    gate.notify_one();
    bench.press_and_see("2 of 2").await;
    assert_eq!(bench.text().await, "let x = 2;");
}
