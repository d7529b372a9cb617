//! Each rule of the clipboard, on a clipboard in memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::board::MemoryBoard;
use crate::paste::{Keys, WindowId};

/// A window to paste into that does what a test says with the text.
struct FakeKeys<F> {
    paste: F,
    /// Whether another program copies something meanwhile.
    is_overtaken: bool,
}

impl<F: FnMut(&str) -> Result<(), PasteError> + Send> FakeKeys<F> {
    fn new(paste: F) -> Self {
        Self { paste, is_overtaken: false }
    }
}

impl<F: FnMut(&str) -> Result<(), PasteError> + Send> Keys for FakeKeys<F> {
    fn aim(&mut self, _: Option<WindowId>) -> Result<Box<dyn Target + '_>, PasteError> {
        Ok(Box::new(self))
    }
}

impl<F: FnMut(&str) -> Result<(), PasteError>> Target for &mut FakeKeys<F> {
    fn paste(&mut self, text: &str, _: &CancelToken) -> Result<(), PasteError> {
        (self.paste)(text)
    }

    fn is_overtaken(&self) -> bool {
        self.is_overtaken
    }
}

/// Pastes a completion of [`rich`].
fn pasted(board: &mut MemoryBoard, keys: &mut dyn Keys) -> Result<(), PasteRefusal> {
    paste(board, keys.aim(None)?, &rich(), "1;", &CancelToken::new())
}

fn rich() -> Snapshot {
    Snapshot { text: "let x = ".into(), html: Some("<b>let</b> x = ".into()) }
}

#[test]
fn text_is_read_with_its_rich_form() {
    for content in [Snapshot::text("let x = "), rich()] {
        let read = read(&mut MemoryBoard::holding(content.clone()));
        assert_eq!(read, Ok(content), "undo needs every form that can be put back");
    }
}

#[test]
fn what_is_no_text_is_refused_unread() {
    let cases = [
        (vec![], Refusal::Empty),
        (vec!["UTF8_STRING", "x-kde-passwordManagerHint"], Refusal::Secret),
        (vec!["image/png"], Refusal::Image),
        (vec!["text/uri-list", "text/plain"], Refusal::Files),
        (vec!["application/x-blob"], Refusal::NotText),
    ];
    for (formats, expected) in cases {
        let mut board = MemoryBoard::offering(&formats);
        assert_eq!(read(&mut board), Err(expected), "the formats {formats:?} tell it");
        assert_eq!(read_copied(&mut board), None, "nor is it read ahead: {formats:?}");
        assert_eq!(board.n_reads, 0, "the content itself is not asked for: {formats:?}");
    }
}

#[test]
fn what_was_written_here_is_no_copy() {
    let mut board = MemoryBoard::holding(Snapshot::text("let x = "));
    assert_eq!(read_copied(&mut board).as_deref(), Some("let x = "), "another program's");
    board.write(&Snapshot::text("let x = 1;")).unwrap();
    assert_eq!(read_copied(&mut board), None, "our own");
    board.put(Snapshot::text("let y = "));
    assert_eq!(read_copied(&mut board).as_deref(), Some("let y = "), "another program's again");
}

#[test]
fn white_space_is_nothing_to_complete() {
    for text in ["", " \n\t"] {
        let mut board = MemoryBoard::holding(Snapshot::text(text));
        assert_eq!(read(&mut board), Err(Refusal::Empty), "{text:?} holds no code");
    }
}

#[test]
fn what_could_not_be_put_back_is_refused() {
    let fits = "x".repeat(MAX_BYTES);
    let read_text = |text: &str| read(&mut MemoryBoard::holding(Snapshot::text(text)));
    assert_eq!(read_text(&fits), Ok(Snapshot::text(&fits)), "as much as can be served");
    assert_eq!(read_text(&format!("{fits}x")), Err(Refusal::TooLarge), "a byte more");
    let wide = Snapshot { text: "x".into(), html: Some(fits) };
    let read = read(&mut MemoryBoard::holding(wide));
    assert_eq!(read, Err(Refusal::TooLarge), "its rich form would be lost as well");
}

#[test]
fn what_is_copied_while_it_is_read_is_dropped() {
    let cases = [
        (vec!["UTF8_STRING", "x-kde-passwordManagerHint"], Refusal::Secret),
        (vec!["image/png"], Refusal::Image),
        (vec!["UTF8_STRING", "text/html"], Refusal::Changed),
    ];
    for (formats, expected) in cases {
        let later = formats.iter().map(ToString::to_string).collect();
        let board = MemoryBoard::holding(Snapshot::text("hunter2"));
        let mut board = MemoryBoard { formats_after_reading: Some(later), ..board };
        assert_eq!(read(&mut board.clone()), Err(expected), "{formats:?} came in between");
        assert_eq!(read_copied(&mut board), None, "nor is it read ahead: {formats:?}");
    }
}

#[test]
fn a_write_happens_only_on_what_was_read() {
    let snippet = Snapshot::text("a");
    let completed = Snapshot::text("ab");

    let mut board = MemoryBoard::holding(snippet.clone());
    assert_eq!(replace(&mut board, &snippet, &completed), Ok(()), "nothing changed meanwhile");
    assert_eq!(board.content, Some(completed.clone()), "so the completion is there");

    let changes = [
        MemoryBoard::holding(Snapshot::text("something else")),
        MemoryBoard::holding(Snapshot { html: Some("<i>a</i>".into()), ..snippet.clone() }),
        MemoryBoard::offering(&["image/png"]),
        MemoryBoard::offering(&["UTF8_STRING", "x-kde-passwordManagerHint"]),
        MemoryBoard::offering(&[]),
    ];
    for mut board in changes {
        let before = board.content.clone();
        assert_eq!(
            replace(&mut board, &snippet, &completed),
            Err(Refusal::Changed),
            "{:?}",
            board.formats
        );
        assert_eq!(board.content, before, "what came meanwhile stays");
        assert!(board.written.is_empty(), "not even for a moment is it replaced");
    }
}

#[test]
fn pasting_lends_the_clipboard_and_gives_it_back() {
    let mut board = MemoryBoard::holding(rich());
    let mut texts = Vec::new();
    let mut keys = FakeKeys::new(|text| {
        texts.push(text.to_owned());
        Ok(())
    });
    assert_eq!(pasted(&mut board, &mut keys), Ok(()), "all went well");
    assert_eq!(texts, ["1;"], "the completion alone is pasted, once");
    assert_eq!(board.written, [rich()], "then the old content is back");
}

#[test]
fn a_failed_paste_gives_the_clipboard_back() {
    for error in [PasteError::NotFetched, PasteError::Failed("the display is gone".into())] {
        let mut board = MemoryBoard::holding(rich());
        let mut keys = FakeKeys::new(|_| Err(error.clone()));
        let refusal = pasted(&mut board, &mut keys);
        assert_eq!(refusal, Err(PasteRefusal::Keys(error.clone())), "the reason is told");
        assert_eq!(board.written, [rich()], "the old content is back after {error:?}");
    }
}

#[test]
fn a_panic_while_pasting_gives_the_clipboard_back() {
    let mut board = MemoryBoard::holding(rich());
    let mut keys = FakeKeys::new(|_| panic!("the keyboard is on fire"));
    let panicked = catch_unwind(AssertUnwindSafe(|| pasted(&mut board, &mut keys)));
    assert!(panicked.is_err(), "the panic goes on");
    assert_eq!(board.written, [rich()], "but the old content is back");
}

#[test]
fn a_clipboard_that_cannot_be_given_back_is_told() {
    let mut board = MemoryBoard { writes_left: Some(0), ..MemoryBoard::holding(rich()) };
    let mut keys = FakeKeys::new(|_| Ok(()));
    let refusal = pasted(&mut board, &mut keys);
    assert!(matches!(refusal, Err(PasteRefusal::Restore(_))), "undo is the way then: {refusal:?}");
}

#[test]
fn nothing_is_pasted_if_the_clipboard_changed() {
    let mut board = MemoryBoard::holding(Snapshot::text("other"));
    let mut keys = FakeKeys::new(|_| panic!("no key may be pressed"));
    let refusal = pasted(&mut board, &mut keys);
    assert_eq!(refusal, Err(PasteRefusal::Clipboard(Refusal::Changed)), "the reason is told");
    assert!(board.written.is_empty(), "and nothing was written");
}

#[test]
fn what_is_copied_while_pasting_stays() {
    let mut board = MemoryBoard::holding(rich());
    let mut keys = FakeKeys { is_overtaken: true, ..FakeKeys::new(|_| Ok(())) };
    assert_eq!(pasted(&mut board, &mut keys), Ok(()), "pasting went well");
    assert!(board.written.is_empty(), "the newest copy is the user's");
}

#[tokio::test]
async fn the_thread_connects_again_after_a_failure() {
    let attempts = AtomicUsize::new(0);
    let clipboard = Clipboard::start(move || match attempts.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(BoardError("no display yet".into())),
        _ => Ok(MemoryBoard::holding(Snapshot::text("a"))),
    });
    let clipboard = clipboard.unwrap();
    let first = clipboard.run(read).await.unwrap();
    assert!(matches!(first, Err(Refusal::Board(_))), "the failure is told: {first:?}");
    let second = clipboard.run(read).await.unwrap();
    assert_eq!(second, Ok(Snapshot::text("a")), "and the next request tries again");
}

#[tokio::test]
async fn a_panicking_task_is_an_error_to_its_caller() {
    let clipboard = Clipboard::start(|| Ok(MemoryBoard::default())).unwrap();
    let answer = clipboard.run(|_| panic!("a task went wrong")).await;
    let answer: Result<(), BoardError> = answer;
    assert!(answer.is_err(), "the caller gets an error, not a hang");
    assert_eq!(clipboard.run(|_| 1).await, Ok(1), "and the thread goes on");
}

#[test]
fn a_snapshot_never_shows_its_text() {
    let shown = format!("{:?} {:#?}", rich(), rich());
    assert!(!shown.contains("let"), "logs may hold sizes only: {shown}");
}
