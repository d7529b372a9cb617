//! What is remembered: undo and the last completions.

use super::bench::{Bench, Seen};
use super::*;

#[tokio::test]
async fn undo_leaves_what_the_user_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.copy("something new").await;
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("Not undone".into())).await;
    assert_eq!(bench.text().await, "something new", "the newest copy is the user's");
}

#[tokio::test]
async fn the_last_completion_can_be_copied_and_that_undone() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.ask(Verb::Copy(None));
    bench.sees(Seen::Notice("The completion is on the clipboard".into())).await;
    assert_eq!(bench.text().await, "1;", "the completion alone");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "as it was before");
}

#[tokio::test]
async fn a_snippet_that_would_grow_too_large_keeps_the_undo_of_the_one_before() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.copy(&"x".repeat((8 << 20) - 1)).await;
    bench.press(None);
    bench.sees(Seen::Ended(Outcome::LeftAlone(Refusal::WouldBeTooLarge))).await;
    assert_eq!(bench.text().await.len(), (8 << 20) - 1, "nothing is written");
    bench.copy("let x = 1;").await;
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "let x = ", "the write before is undone");
}

#[tokio::test(start_paused = true)]
async fn an_old_clipboard_is_forgotten_after_ten_minutes() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    let written = tokio::time::Instant::now();
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(written.elapsed().as_secs(), 600, "the tray offers no undo any more");
    bench.ask(Verb::Undo);
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    assert_eq!(bench.text().await, "let x = 1;", "and none is done");
    assert!(bench.listed().is_empty(), "no candidate is kept for longer");
}

#[tokio::test]
async fn pausing_forgets_the_old_clipboards() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::Drawn(RequestState { is_paused: true, ..RequestState::default() })).await;
    assert!(bench.listed().is_empty(), "nor candidates");
    assert!(bench.history().is_empty(), "nor completions");
}

#[tokio::test]
async fn each_of_the_last_completions_can_be_copied_again() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;"]));
    bench.complete().await;
    bench.press_and_see("2 of 2").await;
    bench.copy("let y = ").await;
    bench.press_and_see("Completed").await;
    bench.ask(Verb::Copy(Some(1)));
    bench.sees(Seen::Notice("The completion is on the clipboard".into())).await;
    assert_eq!(bench.text().await, "2;", "what the first request showed last");
    assert_eq!(bench.history(), ["1;", "2;"], "newest first, one for each request");
    bench.ask(Verb::Forget);
    bench.ask(Verb::Copy(Some(1)));
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    assert_eq!(bench.text().await, "2;", "what is forgotten cannot be copied");
    assert!(bench.history().is_empty());
}
