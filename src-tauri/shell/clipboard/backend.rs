//! [`ClipboardBackend`], the smallest interface that the rules need, and [`SystemBackend`], the desktop's clipboard.
//!
//! `arboard` writes. It does not name the formats on offer, and bounds neither the size nor the time of what it reads, so
//! `x11` and `wayland` read.

use super::content::Snapshot;
use super::error::ClipboardError;
use super::wayland;
use super::x11::connection::X11Error;
use super::x11::{selection_reader, selection_targets, selection_text};
use crate::display::Display;

/// A clipboard. Every call may wait for the program that owns the content.
pub(crate) trait ClipboardBackend: Send {
    /// The names of the formats on offer; empty if the clipboard is.
    fn formats(&mut self) -> Result<Vec<String>, ClipboardError>;
    /// The content as plain text.
    fn text(&mut self) -> Result<String, ClipboardError>;
    /// The content as HTML.
    fn html(&mut self) -> Result<String, ClipboardError>;
    /// A small content in this format, of at most [`MAX_HINT_BYTES`](super::content::MAX_HINT_BYTES), which has to come
    /// within [`HINT_TIMEOUT`](super::error::HINT_TIMEOUT).
    fn hint(&mut self, format: &str) -> Result<Vec<u8>, ClipboardError>;
    /// Whether `text` is what this value wrote last.
    fn has_written(&self, text: &str) -> bool;
    /// Replaces the content.
    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError>;
}

/// The desktop's clipboard. Content that it wrote lives as long as this value: dropping it hands the content to the
/// desktop's clipboard manager.
pub(crate) struct SystemBackend {
    /// The server whose clipboard this is.
    server: Display,
    clipboard: arboard::Clipboard,
    /// The text that was written last; `None` before the first write.
    written: Option<String>,
}

impl SystemBackend {
    /// Connects to the clipboard of a session on `display`.
    ///
    /// # Errors
    /// If only the window in front may use the clipboard, or the server does not answer.
    pub(crate) fn connect(display: Display) -> Result<Self, ClipboardError> {
        let server = display.of_clipboard().ok_or_else(|| {
            ClipboardError::new(
                "this desktop gives it to the window in front only; turn XWayland on",
            )
        })?;
        let clipboard = arboard::Clipboard::new().map_err(ClipboardError::new)?;
        Ok(Self { server, clipboard, written: None })
    }
}

impl ClipboardBackend for SystemBackend {
    fn formats(&mut self) -> Result<Vec<String>, ClipboardError> {
        match self.server {
            Display::X11 => selection_targets::offered().map_err(of_x11),
            Display::Wayland => wayland::formats(),
        }
    }

    fn text(&mut self) -> Result<String, ClipboardError> {
        match self.server {
            Display::X11 => selection_text::text().map_err(of_x11),
            Display::Wayland => wayland::text(),
        }
    }

    fn html(&mut self) -> Result<String, ClipboardError> {
        match self.server {
            Display::X11 => selection_text::html().map_err(of_x11),
            Display::Wayland => wayland::html(),
        }
    }

    fn hint(&mut self, format: &str) -> Result<Vec<u8>, ClipboardError> {
        match self.server {
            Display::X11 => selection_reader::hint(format).map_err(of_x11),
            Display::Wayland => wayland::hint(format),
        }
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.as_deref() == Some(text)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        let text = content.text.as_str();
        self.written = Some(text.to_owned());
        let written = match &content.html {
            Some(html) => self.clipboard.set().html(html.as_str(), Some(text)),
            None => self.clipboard.set().text(text),
        };
        written.map_err(ClipboardError::new)
    }
}

/// The message of the X server, or of what was asked of it.
fn of_x11(error: X11Error) -> ClipboardError {
    ClipboardError(format!("X11: {error}"))
}
