//! The rules of the clipboard: what may be read, and when it may be written.
//!
//! Nothing of the user's is lost: secrets, pictures and files are left alone; a write happens only if the clipboard
//! still holds what was read, and tells what it replaced; pasting puts the old content back, whatever fails. One
//! thread owns the system's clipboard, because its content lives no longer than the value that wrote it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;

use pounce_engine::CancelToken;
use thiserror::Error;
use tokio::sync::oneshot;

pub(crate) use crate::board::{Board, BoardError};
use crate::formats::{self, Held};
use crate::paste::{PasteError, Target};

/// The largest content that is worked on. `arboard` hands out on X11 only what fits into one request to the server, some
/// 16 MB, so more could neither be written nor put back.
pub(crate) const MAX_BYTES: usize = 8 << 20;

/// A text content of the clipboard. Its text is the user's: never log it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The plain text.
    pub(crate) text: String,
    /// The same as HTML; `None` where it was not offered.
    pub(crate) html: Option<String>,
}

/// Why a content is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    /// There is nothing, or only white space.
    #[error("the clipboard is empty; copy some code first")]
    Empty,
    /// A password manager marked it.
    #[error("the clipboard holds a secret; it was not read")]
    Secret,
    /// A picture.
    #[error("the clipboard holds a picture; it was left alone")]
    Image,
    /// Files.
    #[error("the clipboard holds files; they were left alone")]
    Files,
    /// Anything else that is no text.
    #[error("the clipboard holds no text; it was left alone")]
    NotText,
    /// More than can be put back.
    #[error("the clipboard holds more than 8 MiB; it was left alone, copy a smaller part")]
    TooLarge,
    /// The clipboard changed between reading and writing.
    #[error("the clipboard changed meanwhile; it was left alone")]
    Changed,
    /// The clipboard cannot be used.
    #[error(transparent)]
    Board(#[from] BoardError),
}

/// Why a completion was not pasted; the clipboard holds what it held before, except after [`PasteRefusal::Restore`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasteRefusal {
    /// The clipboard was left alone.
    #[error(transparent)]
    Clipboard(#[from] Refusal),
    /// There is no window to paste into; nothing was tried.
    #[error("{0}")]
    NoWindow(PasteError),
    /// The keys could not be sent.
    #[error(transparent)]
    Keys(#[from] PasteError),
    /// The old content could not be put back.
    #[error("the old clipboard could not be put back; use `pounce undo` or the tray menu ({0})")]
    Restore(BoardError),
}

impl Snapshot {
    /// A content without a rich form.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), html: None }
    }

    /// The bytes that keeping it takes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.text.len() + self.html.as_ref().map_or(0, String::len)
    }
}

impl std::fmt::Debug for Snapshot {
    /// Its size only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({} bytes, html: {})", self.text.len(), self.html.is_some())
    }
}

/// Reads a text content; everything else is refused unread.
pub(crate) fn read(board: &mut dyn Board) -> Result<Snapshot, Refusal> {
    let snapshot = read_if_text(board, |board, has_html| {
        let text = board.text()?;
        // A rich form that is offered but cannot be had is no reason to refuse the text.
        let html = if has_html { board.html().ok() } else { None };
        Ok(Snapshot { text, html })
    })?;
    match () {
        () if snapshot.n_bytes() > MAX_BYTES => Err(Refusal::TooLarge),
        () if snapshot.text.trim().is_empty() => Err(Refusal::Empty),
        () => Ok(snapshot),
    }
}

/// The text that another program has copied; `None` for what [`read`] refuses and for what was written here.
pub(crate) fn read_copied(board: &mut dyn Board) -> Option<String> {
    let text = read_if_text(board, |board, _| board.text()).ok()?;
    (!board.has_written(&text)).then_some(text)
}

/// What `read` reads, given whether there is HTML, if the formats tell of text before and still do after it: a secret
/// may be copied between the two, and is dropped then.
fn read_if_text<T>(
    board: &mut dyn Board,
    read: impl FnOnce(&mut dyn Board, bool) -> Result<T, BoardError>,
) -> Result<T, Refusal> {
    let before = board.formats()?;
    let content = read(board, ensure_text(&before)?)?;
    let after = board.formats()?;
    ensure_text(&after)?;
    if after == before { Ok(content) } else { Err(Refusal::Changed) }
}

/// Refuses all but text by the names of the formats alone. Whether the text is offered as HTML too.
fn ensure_text(formats: &[String]) -> Result<bool, Refusal> {
    match formats::classify(formats) {
        Held::Text { has_html } => Ok(has_html),
        Held::Nothing => Err(Refusal::Empty),
        Held::Secret => Err(Refusal::Secret),
        Held::Image => Err(Refusal::Image),
        Held::Files => Err(Refusal::Files),
        Held::Other => Err(Refusal::NotText),
    }
}

/// Writes `new` if the clipboard still holds `expected`.
pub(crate) fn replace(
    board: &mut dyn Board,
    expected: &Snapshot,
    new: &Snapshot,
) -> Result<(), Refusal> {
    ensure_holds(board, expected)?;
    Ok(board.write(new)?)
}

/// Pastes `completion` into the window `target` by way of the clipboard, if that still holds `expected`, and puts
/// `expected` back once the window has it: also when pasting is cancelled or fails, and when it panics. A content that
/// another program put there meanwhile stays.
pub(crate) fn paste(
    board: &mut dyn Board,
    target: Box<dyn Target + '_>,
    expected: &Snapshot,
    completion: &str,
    cancel: &CancelToken,
) -> Result<(), PasteRefusal> {
    ensure_holds(board, expected)?;
    let mut lent = Lent { board, target, owed: Some(expected) };
    let pasted = lent.target.paste(completion, cancel);
    lent.give_back().map_err(PasteRefusal::Restore)?;
    Ok(pasted?)
}

fn ensure_holds(board: &mut dyn Board, expected: &Snapshot) -> Result<(), Refusal> {
    match read(board) {
        Ok(now) if now == *expected => Ok(()),
        Err(Refusal::Board(error)) => Err(error.into()),
        Ok(_) | Err(_) => Err(Refusal::Changed),
    }
}

/// The clipboard while it holds a text for the focused window; dropping it puts the owner's content back.
struct Lent<'a> {
    board: &'a mut dyn Board,
    /// Where it is lent to.
    target: Box<dyn Target + 'a>,
    /// The owner's content until it was given back.
    owed: Option<&'a Snapshot>,
}

impl Lent<'_> {
    fn give_back(&mut self) -> Result<(), BoardError> {
        let Some(owed) = self.owed.take() else { return Ok(()) };
        if self.target.is_overtaken() { Ok(()) } else { self.board.write(owed) }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            tracing::error!(%error, "the old clipboard could not be put back");
        }
    }
}

type Task = Box<dyn FnOnce(&mut dyn Board) + Send>;

/// The thread that owns the clipboard. Dropping it waits for the work given to it and hands the content over.
pub(crate) struct Clipboard {
    /// `None` only while dropping: closing the channel ends the thread.
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Clipboard {
    /// Starts the thread; `connect` runs on it, again before each task until it succeeds.
    pub(crate) fn start<B: Board + 'static>(
        mut connect: impl FnMut() -> Result<B, BoardError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, queue) = mpsc::channel::<Task>();
        let work = move || {
            let mut board = connect();
            for task in queue {
                if board.is_err() {
                    board = connect();
                }
                let run = || match &mut board {
                    Ok(board) => task(board),
                    Err(error) => task(&mut NoBoard(error.clone())),
                };
                if catch_unwind(AssertUnwindSafe(run)).is_err() {
                    tracing::error!("a clipboard task panicked; its request is given up");
                }
            }
        };
        let thread = std::thread::Builder::new().name("clipboard".into()).spawn(work)?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Runs `task` on the thread, after what was given to it before.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut dyn Board) -> T + Send + 'static,
    ) -> Result<T, BoardError> {
        let gone = || BoardError("its thread has ended; restart pounce".into());
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |board| {
            // Nobody waits where the request was given up.
            let _ = reply.send(task(board));
        });
        self.tasks.as_ref().ok_or_else(gone)?.send(task).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the clipboard's thread panicked");
        }
    }
}

/// Stands in for a clipboard that cannot be connected to.
struct NoBoard(BoardError);

impl Board for NoBoard {
    fn formats(&mut self) -> Result<Vec<String>, BoardError> {
        Err(self.0.clone())
    }

    fn text(&mut self) -> Result<String, BoardError> {
        Err(self.0.clone())
    }

    fn html(&mut self) -> Result<String, BoardError> {
        Err(self.0.clone())
    }

    fn has_written(&self, _: &str) -> bool {
        false
    }

    fn write(&mut self, _: &Snapshot) -> Result<(), BoardError> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
