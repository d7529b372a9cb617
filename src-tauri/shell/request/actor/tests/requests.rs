//! From a press to the clipboard written, and what another process is told.

use super::bench::{Bench, Seen};
use super::*;
use crate::in_time::{in_time, receive};

#[tokio::test]
async fn a_press_completes_the_clipboard_and_undo_restores_it() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    *bench.ui.mode.lock().unwrap() = Mode::Block;
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "completed");
    assert_eq!(
        bench.completer.requests.lock().unwrap()[0].mode,
        Mode::Block,
        "in the settings' mode"
    );
    bench.ask(Verb::Undo);
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(bench.text().await, "let x = ", "restored");
}

#[tokio::test]
async fn a_second_press_cancels() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedCompleter::behind(&gate, "1;"));
    bench.press(Some(Mode::Line));
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    // Earlier, the press could end the request before it meets the gate.
    in_time(bench.completer.has_requests.notified()).await;
    bench.press(Some(Mode::Line));
    // The press is in the inbox before the gate opens; a pause after it is answered proves that it was taken.
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    assert_eq!(bench.text().await, "let x = ", "nothing is written");
}

#[tokio::test]
async fn pausing_refuses_and_resuming_does_not() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::Drawn(RequestState { is_paused: true, ..RequestState::default() })).await;
    bench.press(None);
    bench.sees(Seen::Notice("Pounce is paused".into())).await;
    assert!(bench.completer.requests.lock().unwrap().is_empty(), "nothing starts");
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "resumed");
}

#[tokio::test]
async fn a_request_that_panics_ends_and_the_next_one_works() {
    let mut bench = Bench::new("panic", ScriptedCompleter::answering("1;"));
    bench.press(None);
    bench.sees(Seen::Ended(Outcome::Failed)).await;
    bench.copy("fine ").await;
    bench.complete().await;
    assert_eq!(bench.text().await, "fine 1;", "the actor goes on");
}

#[tokio::test]
async fn stopping_waits_for_the_running_request() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedCompleter::behind(&gate, "1;"));
    bench.press(None);
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    bench.send(Message::Stop);
    gate.notify_one();
    in_time(bench.task).await.unwrap();
    let seen = bench.ui.seen.lock().unwrap();
    assert!(
        seen.contains(&Seen::Notice("Cancelled".into())),
        "it is cancelled and has ended: {seen:?}"
    );
}

#[tokio::test]
async fn each_mode_reaches_the_completer_unchanged() {
    for mode in [Mode::Line, Mode::Block, Mode::Free] {
        let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
        *bench.ui.mode.lock().unwrap() = mode;
        bench.complete().await;
        *bench.ui.mode.lock().unwrap() = Mode::Line;
        bench.copy("let y = ").await;
        bench.press(Some(mode));
        bench.sees(Seen::Ended(Outcome::Appended)).await;
        let requests = bench.completer.requests.lock().unwrap();
        let modes: Vec<_> = requests.iter().map(|request| request.mode).collect();
        assert_eq!(modes, [mode; 2], "the mode of the settings, then the mode of the trigger");
    }
}

#[tokio::test]
async fn a_completion_comes_when_its_model_is_loaded() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.completer.is_loading.store(true, Ordering::Relaxed);
    bench.press(None);
    bench.sees(Seen::Notice("Not ready yet".into())).await;
    bench.completer.is_loading.store(false, Ordering::Relaxed);
    bench.send(Message::ModelReady);
    bench.sees(Seen::Ended(Outcome::Appended)).await;
    assert_eq!(bench.text().await, "let x = 1;", "without another press");
}

#[tokio::test]
async fn a_late_completion_leaves_what_was_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.completer.is_loading.store(true, Ordering::Relaxed);
    bench.press(None);
    bench.sees(Seen::Notice("Not ready yet".into())).await;
    bench.clipboard.run(|backend| backend.write(&Snapshot::text("new "))).await.unwrap().unwrap();
    bench.completer.is_loading.store(false, Ordering::Relaxed);
    bench.send(Message::ModelReady);
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(bench.text().await, "new ", "the old one is not waited for any more");
    bench.complete().await;
    assert_eq!(bench.text().await, "new 1;", "the next press completes what is there");
}

/// Asks as another process does, a second after the last press.
fn ask_and_wait(bench: &mut Bench, verb: Verb) -> std::sync::mpsc::Receiver<Result<(), String>> {
    let (answer, answered) = std::sync::mpsc::channel();
    bench.now += Duration::from_secs(1);
    let trigger = Trigger { verb, at: bench.now, window: None };
    bench.send(Message::Asked(trigger, Some(answer)));
    answered
}

#[tokio::test]
async fn another_process_is_told_whether_something_was_done() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    let answered = ask_and_wait(&mut bench, Verb::Undo);
    bench.complete().await;
    let refused = receive(&answered).unwrap_err();
    assert_eq!(refused, "there is nothing to undo", "an exit status of 1");
    let answered = ask_and_wait(&mut bench, Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(receive(&answered), Ok(()), "it was undone");
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Ended(Outcome::Appended)).await;
    assert_eq!(receive(&answered), Ok(()), "it was completed");
    bench.clipboard.run(|backend| backend.write(&Snapshot::text(" "))).await.unwrap().unwrap();
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Notice("Not completed".into())).await;
    assert!(receive(&answered).unwrap_err().contains("empty"), "there was no code");
    bench.ask(Verb::SetPaused(true));
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Notice("Pounce is paused".into())).await;
    assert!(receive(&answered).unwrap_err().contains("paused"), "nothing starts");
}
