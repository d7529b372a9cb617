//! When copies are read ahead.

use super::bench::{Bench, Seen};
use super::*;
use crate::in_time::in_time;

#[tokio::test]
async fn copies_are_read_ahead_only_if_wanted_and_idle() {
    let gate = Arc::new(Notify::new());
    let mut bench =
        Bench::new("def add(a, b):\n    return ", ScriptedCompleter::behind(&gate, "a + b"));
    bench.send(Message::Copied);
    bench.press(None);
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    *bench.ui.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.press(None);
    bench.ask(Verb::TogglePause);
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    bench.send(Message::Copied);
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    let n_prepared = bench.completer.prepared.lock().unwrap().len();
    assert_eq!(n_prepared, 0, "neither while it is off, nor during a request, nor in a pause");
    bench.send(Message::Copied);
    in_time(bench.completer.has_prepared.notified()).await;
}

#[tokio::test]
async fn the_newest_copy_is_read_ahead() {
    let bench = Bench::new("fn main() {\n    let x = ", ScriptedCompleter::default());
    *bench.ui.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.send(Message::Copied);
    in_time(bench.completer.has_prepared.notified()).await;
    bench.send(Message::Stop);
    in_time(bench.task).await.unwrap();
    let prepared = bench.completer.prepared.lock().unwrap();
    assert_eq!(prepared[0].segments.prefix, "fn main() {\n    let x = ", "as it was copied");
}
