//! One request after the other, on a clipboard in memory.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use pounce_service::{CompletionSource, Rejection, RejectionReason, TimeLimits};

use tokio::sync::mpsc;

use super::*;
use crate::clipboard::all_formats::AllFormats;
use crate::clipboard::backend::Replaced;
use crate::clipboard::error::ClipboardError;
use crate::clipboard::memory::MemoryBackend;
use crate::clipboard::paste::PasteError;
use crate::clipboard::source::{Selection, Source};
use crate::in_time::in_time;
use crate::request::report::Times;
use crate::request::series::Position;
use crate::request::test_doubles::{ScriptedCompleter, ScriptedPaster, answer};

/// A clipboard that the test can inspect while its thread owns it.
#[derive(Clone)]
struct SharedBackend(Arc<Mutex<MemoryBackend>>);

impl SharedBackend {
    fn new(backend: MemoryBackend) -> Self {
        Self(Arc::new(Mutex::new(backend)))
    }

    fn clipboard(&self) -> Clipboard {
        let backend = self.clone();
        Clipboard::start(move || Ok(backend.clone())).unwrap()
    }

    fn text(&self) -> Option<String> {
        self.0.lock().unwrap().content.as_ref().map(|content| content.text.clone())
    }
}

impl ClipboardBackend for SharedBackend {
    fn formats(&mut self, source: Source) -> Result<Vec<String>, ClipboardError> {
        self.0.lock().unwrap().formats(source)
    }

    fn content(
        &mut self,
        source: Source,
        format: &str,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClipboardError> {
        self.0.lock().unwrap().content(source, format, max_bytes)
    }

    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError> {
        self.0.lock().unwrap().all_formats()
    }

    fn newest(&self) -> Option<Selection> {
        self.0.lock().unwrap().newest()
    }

    fn has_written(&self, text: &str) -> bool {
        self.0.lock().unwrap().has_written(text)
    }

    fn is_overtaken(&self) -> bool {
        self.0.lock().unwrap().is_overtaken()
    }

    fn replace_unread(&mut self, content: &Snapshot) -> Result<Replaced, ClipboardError> {
        self.0.lock().unwrap().replace_unread(content)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        self.0.lock().unwrap().write(content)
    }

    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError> {
        self.0.lock().unwrap().give_back(content, text)
    }
}

fn job(behaviour: ClipboardBehaviour) -> Job {
    Job {
        id: 7,
        verb: Verb::Complete(None),
        mode: Mode::Line,
        series: None,
        at: Instant::now(),
        deadline: Deadline::after(TimeLimits::default()),
        source: SnippetSource::Newer,
        markers: CursorMarkers::default(),
        awaited: None,
        behaviour,
        paste_keys: Vec::new(),
        window: None,
        keys: None,
        cancel: CancelToken::new(),
    }
}

/// Works on a request whose completion is appended.
async fn append(backend: &SharedBackend, completer: &ScriptedCompleter) -> RequestReport {
    let job = job(ClipboardBehaviour::Append);
    run(job, completer, &backend.clipboard(), ScriptedPaster::default()).await
}

fn holding(text: &str) -> SharedBackend {
    SharedBackend::new(MemoryBackend::holding(Snapshot::text(text)))
}

#[tokio::test]
async fn a_completion_reaches_the_clipboard_as_the_setting_says() {
    let cases = [
        (ClipboardBehaviour::Append, Outcome::Appended, "let x = 1;"),
        (ClipboardBehaviour::Replace, Outcome::Replaced, "1;"),
        (ClipboardBehaviour::Paste, Outcome::Pasted, "let x = "),
    ];
    for (behaviour, outcome, left) in cases {
        let backend = holding("let x = ");
        let completer = ScriptedCompleter::answering("1;");
        let paster = ScriptedPaster::default();
        let report = run(job(behaviour), &completer, &backend.clipboard(), paster.clone()).await;
        assert_eq!((report.id, report.outcome), (7, outcome), "{behaviour:?} ends well");
        assert_eq!(
            backend.text().as_deref(),
            Some(left),
            "what {behaviour:?} leaves on the clipboard"
        );
        let is_paste = behaviour == ClipboardBehaviour::Paste;
        assert_eq!(
            paster.pasted.lock().unwrap().len(),
            usize::from(is_paste),
            "a window is used only to paste"
        );
        assert_eq!(report.written.is_some(), !is_paste, "a paste leaves nothing to take back");
    }
}

/// Presses the hotkey `n_presses` more times before it is let go. Returns the report and what was pasted.
async fn paste_while_held(n_presses: usize) -> (RequestReport, Vec<String>) {
    let backend = holding("let x = ");
    let (clipboard, paster) = (backend.clipboard(), ScriptedPaster::default());
    let completer = ScriptedCompleter::finding("1;", &["2;"]);
    paster.is_held.store(true, Ordering::Relaxed);
    let (shown, mut is_shown) = mpsc::unbounded_channel();
    let (presses, keys) = HeldKeys::new(move |series| shown.send(series.position()).unwrap());
    let job = Job { keys: Some(keys), ..job(ClipboardBehaviour::Paste) };
    let user = async {
        for _ in 0..n_presses {
            in_time(is_shown.recv()).await.unwrap();
            presses.send(Deadline::after(TimeLimits::default())).unwrap();
        }
        in_time(is_shown.recv()).await.unwrap();
        assert!(paster.pasted.lock().unwrap().is_empty(), "nothing is pasted while it is held");
        paster.is_held.store(false, Ordering::Relaxed);
    };
    let run = run(job, &completer, &clipboard, paster.clone());
    let (report, ()) = in_time(async { tokio::join!(run, user) }).await;
    assert_eq!(backend.text().as_deref(), Some("let x = "), "the clipboard is as it was");
    let pasted = paster.pasted.lock().unwrap().clone();
    (report, pasted)
}

#[tokio::test]
async fn the_candidate_at_which_the_hotkey_is_let_go_is_pasted() {
    for (n_presses, expected) in [(0, "1;"), (1, "2;"), (3, "1;")] {
        let (report, pasted) = paste_while_held(n_presses).await;
        assert_eq!(report.outcome, Outcome::Pasted);
        assert_eq!(pasted, [expected], "after {n_presses} further presses");
        assert_eq!(report.completed.unwrap().text, expected, "it can be copied again");
    }
}

#[tokio::test]
async fn letting_go_at_the_snippet_pastes_nothing() {
    let (report, pasted) = paste_while_held(2).await;
    assert_eq!(report.outcome, Outcome::Showed(Position::Snippet));
    assert!(pasted.is_empty(), "that is how to change one's mind: {pasted:?}");
}

#[tokio::test]
async fn a_paste_waits_for_a_better_completion_within_the_maximum() {
    let check = async |is_worth_more, expected: [&str; 2], why: &str| {
        let backend = holding("let x = ");
        let completer = ScriptedCompleter::answering("1;").improving("2;", is_worth_more);
        completer.improves.notify_one();
        let (clipboard, paster) = (backend.clipboard(), ScriptedPaster::default());
        let pasted = run(job(ClipboardBehaviour::Paste), &completer, &clipboard, paster).await;
        let delivered = pasted.completed.map(|completed| completed.text);
        assert_eq!((pasted.outcome, delivered.as_deref()), (Outcome::Pasted, Some(expected[0])));
        let again = Job { series: pasted.series, ..job(ClipboardBehaviour::Paste) };
        run(again, &completer, &clipboard, ScriptedPaster::default()).await;
        assert_eq!(backend.text().as_deref(), Some(expected[1]), "{why}");
    };
    check(true, ["2;", "1;"], "the better is pasted, and the first comes next").await;
    check(false, ["1;", "2;"], "the first is pasted, and the other comes next").await;
}

#[tokio::test]
async fn after_a_paste_the_next_candidate_is_copied() {
    let backend = holding("let x = ");
    let (clipboard, paster) = (backend.clipboard(), ScriptedPaster::default());
    let completer = ScriptedCompleter::finding("1;", &["2;"]);
    let pasted = run(job(ClipboardBehaviour::Paste), &completer, &clipboard, paster.clone()).await;
    let again = Job { series: pasted.series, ..job(ClipboardBehaviour::Paste) };
    let report = run(again, &completer, &clipboard, paster.clone()).await;
    assert_eq!(report.outcome, Outcome::Showed(Position::Candidate { number: 2, of: 2 }));
    assert_eq!(backend.text().as_deref(), Some("2;"), "the completion alone");
    assert_eq!(*paster.pasted.lock().unwrap(), ["1;"], "no second text is pasted beside the first");
    assert_eq!(report.written.unwrap().before.text, "let x = ", "undo gives the snippet back");
}

#[tokio::test]
async fn stages_add_up_to_no_more_than_the_total() {
    let backend = holding("let x = ");
    let completer = ScriptedCompleter::answering("1;");
    let report = append(&backend, &completer).await;
    let Times { read, write, total } = report.times;
    assert!(!read.is_zero() && !write.is_zero(), "both ends are measured: {:?}", report.times);
    assert!(read + write <= total, "they are parts of the whole: {:?}", report.times);
}

#[tokio::test]
async fn the_model_sees_the_code_around_the_cursor() {
    let backend = holding("f(‹cursor›)");
    let completer = ScriptedCompleter::answering("x");
    append(&backend, &completer).await;
    let requests = completer.requests.lock().unwrap();
    let segments = &requests[0].segments;
    assert_eq!(
        (segments.prefix.as_str(), segments.suffix.as_str()),
        ("f(", ")"),
        "split at the marker"
    );
    assert_eq!(backend.text().as_deref(), Some("f(x)"), "and put together again");
}

#[tokio::test]
async fn content_that_is_not_text_never_reaches_the_completer() {
    let backends = [
        (MemoryBackend::offering(&["image/png"]), Refusal::Image),
        (MemoryBackend::offering(&["UTF8_STRING", "x-kde-passwordManagerHint"]), Refusal::Secret),
        (MemoryBackend::offering(&["text/uri-list"]), Refusal::Files),
        (MemoryBackend::offering(&[]), Refusal::Empty),
    ];
    for (backend, refusal) in backends {
        let backend = SharedBackend::new(backend);
        let completer = ScriptedCompleter::answering("1;");
        let report = append(&backend, &completer).await;
        assert_eq!(report.outcome, Outcome::LeftAlone(refusal), "the reason is reported");
        assert!(completer.requests.lock().unwrap().is_empty(), "nothing was sent");
        let backend = backend.0.lock().unwrap();
        assert!(
            backend.n_reads == 0 && backend.written.is_empty(),
            "nothing was read or written: {backend:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_completion_leaves_the_clipboard() {
    let backend = holding("let x = 1;");
    let completer = ScriptedCompleter::answering("");
    let report = append(&backend, &completer).await;
    assert_eq!(report.outcome, Outcome::Nothing(None), "reported as such");
    assert!(backend.0.lock().unwrap().written.is_empty(), "and nothing is written");
}

#[test]
fn a_filter_that_rejected_an_answer_says_why_there_is_none() {
    let rejection = |reason| Rejection { filter: "next-line", reason, is_complete: false };
    let rejected = |source, reason| Reason::Rejected(source, rejection(reason));
    let model = || CompletionSource::Model("small".into());
    let failed = || Reason::EmptyAnswer("large".into());
    let check = |reasons: Vec<Reason>, expected: Option<Reason>, why: &str| {
        assert_eq!(why_nothing(&answer("", reasons)), expected, "{why}");
    };
    check(vec![], None, "there is nothing to tell");
    let repeated = || rejected(model(), RejectionReason::LineBelow);
    let stopgap = rejected(CompletionSource::Copy, RejectionReason::BlockIsClosed);
    let reasons = vec![repeated(), failed(), stopgap];
    check(reasons, Some(repeated()), "what the user waited for comes before the stopgap");
    check(vec![Reason::NoModel, failed()], Some(failed()), "no filter did");
}

#[tokio::test]
async fn what_is_copied_again_has_the_line_ends_of_the_snippet() {
    let backend = holding("if a {\r\n");
    let report = append(&backend, &ScriptedCompleter::answering("  b\n}")).await;
    assert_eq!(report.completed.unwrap().text, "  b\r\n}", "bare code, as a paste would have it");
}

#[tokio::test]
async fn a_cancelled_completion_leaves_the_clipboard() {
    let backend = holding("let x = ");
    let completer = ScriptedCompleter::answering("1;");
    let job = job(ClipboardBehaviour::Append);
    job.cancel.cancel();
    let report = run(job, &completer, &backend.clipboard(), ScriptedPaster::default()).await;
    assert_eq!(report.outcome, Outcome::Cancelled, "the user cancelled");
    assert_eq!(backend.text().as_deref(), Some("let x = "), "nothing is written");
}

#[tokio::test]
async fn a_completion_is_copied_if_there_is_no_window() {
    let backend = holding("let x = ");
    let completer = ScriptedCompleter::answering("1;");
    let paster = ScriptedPaster { has_no_window: true, ..ScriptedPaster::default() };
    let report =
        run(job(ClipboardBehaviour::Paste), &completer, &backend.clipboard(), paster.clone()).await;
    let expected = Outcome::Copied(PasteError::Unsupported);
    assert_eq!(report.outcome, expected, "the reason is reported");
    assert_eq!(backend.text().as_deref(), Some("1;"), "for the user to paste");
    assert!(paster.pasted.lock().unwrap().is_empty(), "nothing was pasted");
    let written = report.written.expect("and it can be taken back");
    assert_eq!(written.before, Snapshot::text("let x = "), "to what was there");
}

#[tokio::test]
async fn a_completion_that_the_window_does_not_take_is_on_the_clipboard() {
    let backend = holding("let x = ");
    let completer = ScriptedCompleter::answering("1;");
    let paster = ScriptedPaster { is_broken: true, ..ScriptedPaster::default() };
    let report =
        run(job(ClipboardBehaviour::Paste), &completer, &backend.clipboard(), paster).await;
    let expected = Outcome::Copied(PasteError::NotFetched);
    assert_eq!(report.outcome, expected, "the reason is reported");
    assert_eq!(backend.text().as_deref(), Some("1;"), "for when the window wakes");
    let written = report.written.expect("and it can be taken back");
    assert_eq!(written.before, Snapshot::text("let x = "), "to what was there");
}
