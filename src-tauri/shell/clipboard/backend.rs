//! The system's clipboard behind the smallest interface that the rules in `clipboard` need.
//!
//! `arboard` reads and writes. It does not tell the names of the formats on offer, which come from `targets`, and on
//! Wayland it would wait for ever for a program that hangs, so content is read here.

use thiserror::Error;
use wl_clipboard_rs::paste::{self, ClipboardType, MimeType, Seat};

use crate::clipboard::{MAX_BYTES, Snapshot};
use crate::display::Display;
use crate::{pipe, targets};

/// What is read at most: enough to see that it is more than [`MAX_BYTES`], also where a character is cut.
const MAX_READ_BYTES: usize = MAX_BYTES + 4;

/// The clipboard cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the clipboard cannot be used: {0}")]
pub(crate) struct BoardError(pub(crate) String);

/// A clipboard. Every call may wait for the program that owns the content.
pub(crate) trait Board: Send {
    /// The names of the formats on offer; empty where the clipboard is.
    fn formats(&mut self) -> Result<Vec<String>, BoardError>;
    /// The content as plain text.
    fn text(&mut self) -> Result<String, BoardError>;
    /// The content as HTML.
    fn html(&mut self) -> Result<String, BoardError>;
    /// Whether `text` is what was written here last.
    fn has_written(&self, text: &str) -> bool;
    /// Replaces the content.
    fn write(&mut self, content: &Snapshot) -> Result<(), BoardError>;
}

/// The desktop's clipboard. Content that it wrote lives as long as this value: dropping it hands the content to the
/// desktop's clipboard manager.
pub(crate) struct SystemBoard {
    /// Whose clipboard it is.
    server: Display,
    clipboard: arboard::Clipboard,
    /// The text that was written last.
    written: Option<String>,
}

impl SystemBoard {
    /// Connects to the clipboard of a session on `display`.
    pub(crate) fn connect(display: Display) -> Result<Self, BoardError> {
        let server = display.of_clipboard().ok_or_else(|| {
            BoardError("this desktop gives it to the window in front only; turn XWayland on".into())
        })?;
        let clipboard = arboard::Clipboard::new().map_err(board_error)?;
        Ok(Self { server, clipboard, written: None })
    }
}

impl Board for SystemBoard {
    fn formats(&mut self) -> Result<Vec<String>, BoardError> {
        targets::offered(self.server)
    }

    fn text(&mut self) -> Result<String, BoardError> {
        match self.server {
            Display::X11 => self.clipboard.get_text().map_err(board_error),
            Display::Wayland => wayland_content(MimeType::Text),
        }
    }

    fn html(&mut self) -> Result<String, BoardError> {
        match self.server {
            Display::X11 => self.clipboard.get().html().map_err(board_error),
            Display::Wayland => wayland_content(MimeType::Specific("text/html")),
        }
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.as_deref() == Some(text)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), BoardError> {
        let text = content.text.as_str();
        self.written = Some(text.to_owned());
        let written = match &content.html {
            Some(html) => self.clipboard.set().html(html.as_str(), Some(text)),
            None => self.clipboard.set().text(text),
        };
        written.map_err(board_error)
    }
}

/// Neither `arboard`'s messages nor those of Wayland hold content.
fn board_error(error: impl ToString) -> BoardError {
    BoardError(error.to_string())
}

fn wayland_content(format: MimeType<'_>) -> Result<String, BoardError> {
    let (pipe, _) = paste::get_contents(ClipboardType::Regular, Seat::Unspecified, format)
        .map_err(board_error)?;
    let content = pipe::read(pipe.into(), targets::PATIENCE, MAX_READ_BYTES);
    let content = content.map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => board_error(targets::SILENT),
        _ => board_error(error),
    })?;
    // Where reading stopped, a character may be cut; everywhere else, text is UTF-8 as a whole.
    match content.utf8_chunks().next() {
        Some(first) if first.valid().len() > MAX_BYTES => Ok(first.valid().to_owned()),
        _ => String::from_utf8(content).map_err(board_error),
    }
}

/// A clipboard in memory whose content and failures a test decides.
#[cfg(test)]
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryBoard {
    pub(crate) formats: Vec<String>,
    pub(crate) content: Option<Snapshot>,
    /// Every read of content, so that a test can say that none happened.
    pub(crate) n_reads: usize,
    /// Every content written, in order.
    pub(crate) written: Vec<Snapshot>,
    /// How many more writes succeed; `None` is all.
    pub(crate) writes_left: Option<usize>,
    /// What another program copies as soon as the text was read.
    pub(crate) formats_after_reading: Option<Vec<String>>,
}

#[cfg(test)]
impl MemoryBoard {
    pub(crate) fn holding(content: Snapshot) -> Self {
        let mut board = Self::default();
        board.put(content);
        board
    }

    pub(crate) fn offering(formats: &[&str]) -> Self {
        Self { formats: formats.iter().map(ToString::to_string).collect(), ..Self::default() }
    }

    /// What another program would do.
    pub(crate) fn put(&mut self, content: Snapshot) {
        self.formats = vec!["UTF8_STRING".into()];
        if content.html.is_some() {
            self.formats.push("text/html".into());
        }
        self.content = Some(content);
    }
}

#[cfg(test)]
impl Board for MemoryBoard {
    fn formats(&mut self) -> Result<Vec<String>, BoardError> {
        Ok(self.formats.clone())
    }

    fn text(&mut self) -> Result<String, BoardError> {
        self.n_reads += 1;
        if let Some(formats) = self.formats_after_reading.take() {
            self.formats = formats;
        }
        let content = self.content.as_ref().ok_or_else(|| BoardError("no text".into()))?;
        Ok(content.text.clone())
    }

    fn html(&mut self) -> Result<String, BoardError> {
        self.n_reads += 1;
        let html = self.content.as_ref().and_then(|content| content.html.clone());
        html.ok_or_else(|| BoardError("no html".into()))
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.last().is_some_and(|last| last.text == text)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), BoardError> {
        if let Some(left) = &mut self.writes_left {
            *left = left.checked_sub(1).ok_or_else(|| BoardError("the display is gone".into()))?;
        }
        self.written.push(content.clone());
        self.put(content.clone());
        Ok(())
    }
}
