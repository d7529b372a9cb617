//! [`ClipboardBackend`], the smallest interface that the rules need, and [`SystemBackend`], the desktop's clipboard.
//!
//! `arboard` writes text and HTML. It does not name the formats on offer, bounds neither the size nor the time of what it
//! reads, and writes no other format, so `x11` and `wayland` read, and `x11` gives back what a paste has replaced.

use super::all_formats::AllFormats;
use super::content::Snapshot;
use super::error::ClipboardError;
use super::source::{Selection, Source};
use super::wayland;
use super::x11::connection::X11Error;
use super::x11::hand_over::hand_over;
use super::x11::selection_offer::offer;
use super::x11::selection_times::SelectionTimes;
use super::x11::{selection_formats, selection_reader};
use crate::display::Display;

/// A clipboard. Every call may wait for the program that owns the content.
pub(crate) trait ClipboardBackend: Send {
    /// The names of the formats on offer; empty if there is no content.
    fn formats(&mut self, source: Source) -> Result<Vec<String>, ClipboardError>;
    /// At most `max_bytes` of the content in one of the formats on offer.
    fn content(
        &mut self,
        source: Source,
        format: &str,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClipboardError>;
    /// The clipboard's content in every format. What exceeds the size that can be put back is not read to its end.
    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError>;
    /// The selection that was made last; `None` if this desktop does not tell.
    fn newest(&self) -> Option<Selection>;
    /// Whether `text` is what this value wrote last.
    fn has_written(&self, text: &str) -> bool;
    /// Replaces the clipboard's content.
    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError>;
    /// Makes `content` the clipboard's content again, whose text and HTML are `text`.
    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError>;
}

/// The desktop's clipboard. Content that it wrote lives as long as this value: dropping it hands the content to the
/// desktop's clipboard manager.
pub(crate) struct SystemBackend {
    /// The server whose clipboard this is.
    server: Display,
    clipboard: arboard::Clipboard,
    /// What was written or given back last; `None` before.
    written: Option<Snapshot>,
    /// Knows which selection is newer; `None` where that cannot be told.
    times: Option<SelectionTimes>,
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
        let times = (server == Display::X11).then(SelectionTimes::watch).and_then(Result::ok);
        Ok(Self { server, clipboard, written: None, times })
    }

    fn set(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        let text = content.text.as_str();
        let written = match &content.html {
            Some(html) => self.clipboard.set().html(html.as_str(), Some(text)),
            None => self.clipboard.set().text(text),
        };
        written.map_err(ClipboardError::new)
    }
}

impl ClipboardBackend for SystemBackend {
    fn formats(&mut self, source: Source) -> Result<Vec<String>, ClipboardError> {
        match self.server {
            Display::X11 => selection_formats::offered(source).map_err(of_x11),
            Display::Wayland => wayland::formats(source.selection),
        }
    }

    fn content(
        &mut self,
        source: Source,
        format: &str,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClipboardError> {
        match self.server {
            Display::X11 => selection_reader::content(source, format, max_bytes).map_err(of_x11),
            Display::Wayland => wayland::content(source, format, max_bytes),
        }
    }

    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError> {
        selection_formats::all(Source::new(Selection::Clipboard)).map_err(of_x11)
    }

    fn newest(&self) -> Option<Selection> {
        self.times.as_ref()?.newest()
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.as_ref().is_some_and(|written| written.text == text)
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        self.written = Some(content.clone());
        self.set(content)
    }

    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError> {
        offer(content).map_err(of_x11)?;
        self.written = Some(text.clone());
        Ok(())
    }
}

impl Drop for SystemBackend {
    /// Hands what was written or given back over to the clipboard manager, if it is on the clipboard still.
    fn drop(&mut self) {
        let is_ours = |content: &AllFormats, written: &Snapshot| {
            content.0.iter().any(|format| format.bytes == written.text.as_bytes())
        };
        let Some(written) = self.written.take().filter(|_| self.server == Display::X11) else {
            return;
        };
        let handed_over = match self.all_formats() {
            Ok(content) if is_ours(&content, &written) => hand_over(content).map_err(of_x11),
            other => other.map(drop),
        };
        if let Err(error) = handed_over {
            tracing::warn!(%error, "the clipboard is not handed over");
        }
    }
}

/// The error of a connection to the X server, or of the program that owns a selection.
fn of_x11(error: X11Error) -> ClipboardError {
    match error.downcast::<ClipboardError>() {
        Ok(error) => *error,
        Err(error) => ClipboardError::Unusable(format!("X11: {error}")),
    }
}
