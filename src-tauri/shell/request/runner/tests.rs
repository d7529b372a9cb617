//! One request after the other, on a clipboard in memory.

use std::sync::Mutex;

use pounce_service::TimeLimits;

use super::*;
use crate::board::{Board, BoardError, MemoryBoard};
use crate::script::{ScriptedKeys, ScriptedService};

/// A clipboard that the test can look into while its thread owns it.
#[derive(Clone)]
struct SharedBoard(Arc<Mutex<MemoryBoard>>);

impl SharedBoard {
    fn new(board: MemoryBoard) -> Self {
        Self(Arc::new(Mutex::new(board)))
    }

    fn clipboard(&self) -> Clipboard {
        let board = self.clone();
        Clipboard::start(move || Ok(board.clone())).unwrap()
    }

    fn text(&self) -> Option<String> {
        self.0.lock().unwrap().content.as_ref().map(|content| content.text.clone())
    }
}

impl Board for SharedBoard {
    fn formats(&mut self) -> Result<Vec<String>, BoardError> {
        self.0.lock().unwrap().formats()
    }

    fn text(&mut self) -> Result<String, BoardError> {
        self.0.lock().unwrap().text()
    }

    fn html(&mut self) -> Result<String, BoardError> {
        self.0.lock().unwrap().html()
    }

    fn has_written(&self, text: &str) -> bool {
        self.0.lock().unwrap().has_written(text)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), BoardError> {
        self.0.lock().unwrap().write(content)
    }
}

fn job(behaviour: ClipboardBehaviour) -> Job {
    Job {
        id: 7,
        mode: Mode::Line,
        at: Instant::now(),
        deadline: Deadline::after(TimeLimits::default()),
        behaviour,
        window: None,
        cancel: CancelToken::new(),
    }
}

/// Works on a request whose completion is appended.
async fn append(board: &SharedBoard, service: &ScriptedService) -> Report {
    let job = job(ClipboardBehaviour::Append);
    work(job, service, &board.clipboard(), ScriptedKeys::default()).await
}

fn holding(text: &str) -> SharedBoard {
    SharedBoard::new(MemoryBoard::holding(Snapshot::text(text)))
}

#[tokio::test]
async fn a_completion_reaches_the_clipboard_as_the_setting_says() {
    let cases = [
        (ClipboardBehaviour::Append, Outcome::Appended, "let x = 1;"),
        (ClipboardBehaviour::Replace, Outcome::Replaced, "1;"),
        (ClipboardBehaviour::Paste, Outcome::Pasted, "let x = "),
    ];
    for (behaviour, outcome, left) in cases {
        let board = holding("let x = ");
        let service = ScriptedService::answering("1;");
        let keys = ScriptedKeys::default();
        let report = work(job(behaviour), &service, &board.clipboard(), keys.clone()).await;
        assert_eq!((report.id, report.outcome), (7, outcome), "{behaviour:?} ends well");
        assert_eq!(
            board.text().as_deref(),
            Some(left),
            "what {behaviour:?} leaves on the clipboard"
        );
        let is_paste = behaviour == ClipboardBehaviour::Paste;
        assert_eq!(
            *keys.n_presses.lock().unwrap(),
            usize::from(is_paste),
            "keys are pressed only to paste"
        );
        assert_eq!(report.written.is_some(), !is_paste, "a paste leaves nothing to take back");
    }
}

#[tokio::test]
async fn stages_add_up_to_no_more_than_the_total() {
    let board = holding("let x = ");
    let service = ScriptedService::answering("1;");
    let report = append(&board, &service).await;
    let Times { read, write, total } = report.times;
    assert!(!read.is_zero() && !write.is_zero(), "both ends are measured: {:?}", report.times);
    assert!(read + write <= total, "they are parts of the whole: {:?}", report.times);
}

#[tokio::test]
async fn the_model_sees_the_code_around_the_cursor() {
    let board = holding("f(‹cursor›)");
    let service = ScriptedService::answering("x");
    append(&board, &service).await;
    let requests = service.requests.lock().unwrap();
    let segments = &requests[0].segments;
    assert_eq!(
        (segments.prefix.as_str(), segments.suffix.as_str()),
        ("f(", ")"),
        "split at the marker"
    );
    assert_eq!(board.text().as_deref(), Some("f(x)"), "and put together again");
}

#[tokio::test]
async fn what_is_no_code_never_reaches_the_service() {
    let boards = [
        (MemoryBoard::offering(&["image/png"]), Refusal::Image),
        (MemoryBoard::offering(&["UTF8_STRING", "x-kde-passwordManagerHint"]), Refusal::Secret),
        (MemoryBoard::offering(&["text/uri-list"]), Refusal::Files),
        (MemoryBoard::offering(&[]), Refusal::Empty),
    ];
    for (board, refusal) in boards {
        let board = SharedBoard::new(board);
        let service = ScriptedService::answering("1;");
        let report = append(&board, &service).await;
        assert_eq!(report.outcome, Outcome::LeftAlone(refusal), "the reason is told");
        assert!(service.requests.lock().unwrap().is_empty(), "nothing was sent");
        let board = board.0.lock().unwrap();
        assert!(
            board.n_reads == 0 && board.written.is_empty(),
            "nothing was read or written: {board:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_completion_leaves_the_clipboard() {
    let board = holding("let x = 1;");
    let service = ScriptedService::answering("");
    let report = append(&board, &service).await;
    assert_eq!(report.outcome, Outcome::Nothing(None), "said plainly");
    assert!(board.0.lock().unwrap().written.is_empty(), "and nothing is written");
}

#[tokio::test]
async fn a_cancelled_completion_leaves_the_clipboard() {
    let board = holding("let x = ");
    let service = ScriptedService::answering("1;");
    let job = job(ClipboardBehaviour::Append);
    job.cancel.cancel();
    let report = work(job, &service, &board.clipboard(), ScriptedKeys::default()).await;
    assert_eq!(report.outcome, Outcome::Cancelled, "the user's word counts");
    assert_eq!(board.text().as_deref(), Some("let x = "), "nothing is written");
}

#[tokio::test]
async fn where_nothing_can_be_pasted_it_is_copied() {
    let board = holding("let x = ");
    let service = ScriptedService::answering("1;");
    let keys = ScriptedKeys { is_nowhere: true, ..ScriptedKeys::default() };
    let report =
        work(job(ClipboardBehaviour::Paste), &service, &board.clipboard(), keys.clone()).await;
    let expected = Outcome::Copied(PasteError::Unsupported);
    assert_eq!(report.outcome, expected, "the reason is told");
    assert_eq!(board.text().as_deref(), Some("1;"), "the user pastes it himself");
    assert_eq!(*keys.n_presses.lock().unwrap(), 0, "no key was pressed");
    let written = report.written.expect("and it can be taken back");
    assert_eq!(written.before, Snapshot::text("let x = "), "to what was there");
}

#[tokio::test]
async fn a_paste_that_fails_leaves_the_clipboard_as_it_was() {
    let board = holding("let x = ");
    let service = ScriptedService::answering("1;");
    let keys = ScriptedKeys { is_broken: true, ..ScriptedKeys::default() };
    let report = work(job(ClipboardBehaviour::Paste), &service, &board.clipboard(), keys).await;
    assert!(
        matches!(report.outcome, Outcome::NotPasted(_)),
        "the failure is told: {:?}",
        report.outcome
    );
    assert_eq!(board.text().as_deref(), Some("let x = "), "and the old content is back");
    assert!(report.completion.is_some(), "the completion can still be copied");
}
