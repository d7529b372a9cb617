//! The system's clipboard behind the smallest interface that the rules in `clipboard` need.
//!
//! `arboard` reads and writes; the names of the formats on offer, which it does not tell, come from `targets`.

use thiserror::Error;

use crate::clipboard::Snapshot;
use crate::display::Display;
use crate::targets;

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
    display: Display,
    clipboard: arboard::Clipboard,
    /// The text that was written last.
    written: Option<String>,
}

impl SystemBoard {
    /// Connects to the clipboard of `display`.
    pub(crate) fn connect(display: Display) -> Result<Self, BoardError> {
        let clipboard = arboard::Clipboard::new().map_err(board_error)?;
        Ok(Self { display, clipboard, written: None })
    }
}

impl Board for SystemBoard {
    fn formats(&mut self) -> Result<Vec<String>, BoardError> {
        targets::offered(self.display)
    }

    fn text(&mut self) -> Result<String, BoardError> {
        self.clipboard.get_text().map_err(board_error)
    }

    fn html(&mut self) -> Result<String, BoardError> {
        self.clipboard.get().html().map_err(board_error)
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

/// `arboard`'s messages never hold content.
fn board_error(error: arboard::Error) -> BoardError {
    BoardError(error.to_string())
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
