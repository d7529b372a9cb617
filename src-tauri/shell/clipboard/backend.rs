//! [`ClipboardBackend`], the smallest interface that the rules need, and [`SystemBackend`], the desktop's clipboard.
//!
//! On X11 `x11` reads and offers, because that tells who reads what is offered. On Wayland `wayland` reads and `arboard`
//! writes, which bounds neither the size nor the time of what it reads.

use std::time::{Duration, Instant};

use super::all_formats::AllFormats;
use super::content::Snapshot;
use super::error::ClipboardError;
use super::source::{Selection, Source};
use super::wayland;
use super::x11::connection::X11Error;
use super::x11::hand_over::hand_over;
use super::x11::selection_offer::SelectionOffer;
use super::x11::selection_times::SelectionTimes;
use super::x11::{selection_formats, selection_reader, text_formats};
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
    /// Whether another program has copied something since this value wrote; false where this desktop does not tell.
    fn is_overtaken(&self) -> bool;
    /// Replaces what was written last, if it is on the clipboard still and no program has pasted it.
    fn replace_unread(&mut self, content: &Snapshot) -> Result<Replaced, ClipboardError>;
    /// Replaces the clipboard's content.
    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError>;
    /// Makes `content` the clipboard's content again, whose text and HTML are `text`.
    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError>;
}

/// What became of replacing a content that nothing has pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Default))]
pub(crate) enum Replaced {
    /// It was replaced.
    #[cfg_attr(test, default)]
    Yes,
    /// It was left: a program has pasted it, or copied something else.
    No,
    /// It was left: this desktop does not tell who reads what was written, this long ago.
    Untold(Duration),
}

/// The desktop's clipboard. Content that it wrote lives as long as this value: dropping it hands the content to the
/// desktop's clipboard manager.
pub(crate) struct SystemBackend {
    /// The server whose clipboard this is.
    server: Server,
    /// What was written or given back last, and when; `None` before.
    written: Option<(Snapshot, Instant)>,
    /// Knows which selection is newer; `None` where that cannot be told.
    times: Option<SelectionTimes>,
}

/// What writes to the clipboard of each server.
enum Server {
    X11 {
        /// What is on offer; `None` before the first write.
        offer: Option<SelectionOffer>,
        /// Whether every program is a client of the X server. XWayland does not tell which of the compositor's reads.
        has_all_programs: bool,
    },
    Wayland(arboard::Clipboard),
}

impl SystemBackend {
    /// Connects to the clipboard of a session on `display`.
    ///
    /// # Errors
    /// If only the window in front may use the clipboard, or the server does not answer.
    pub(crate) fn connect(display: Display) -> Result<Self, ClipboardError> {
        let server = match display.of_clipboard() {
            Some(Display::X11) => {
                Server::X11 { offer: None, has_all_programs: display == Display::X11 }
            }
            Some(Display::Wayland) => {
                Server::Wayland(arboard::Clipboard::new().map_err(ClipboardError::new)?)
            }
            None => {
                return Err(ClipboardError::new(
                    "this desktop gives it to the window in front only; turn XWayland on",
                ));
            }
        };
        let is_x11 = matches!(server, Server::X11 { .. });
        let times = is_x11.then(SelectionTimes::watch).and_then(Result::ok);
        Ok(Self { server, written: None, times })
    }

    fn note_written(&mut self, content: &Snapshot) {
        self.written = Some((content.clone(), Instant::now()));
    }
}

impl ClipboardBackend for SystemBackend {
    fn formats(&mut self, source: Source) -> Result<Vec<String>, ClipboardError> {
        match self.server {
            Server::X11 { .. } => selection_formats::offered(source).map_err(of_x11),
            Server::Wayland(_) => wayland::formats(source.selection),
        }
    }

    fn content(
        &mut self,
        source: Source,
        format: &str,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClipboardError> {
        match self.server {
            Server::X11 { .. } => {
                selection_reader::content(source, format, max_bytes).map_err(of_x11)
            }
            Server::Wayland(_) => wayland::content(source, format, max_bytes),
        }
    }

    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError> {
        selection_formats::all(Source::new(Selection::Clipboard)).map_err(of_x11)
    }

    fn newest(&self) -> Option<Selection> {
        self.times.as_ref()?.newest()
    }

    fn has_written(&self, text: &str) -> bool {
        self.written.as_ref().is_some_and(|(written, _)| written.text == text)
    }

    fn is_overtaken(&self) -> bool {
        match &self.server {
            Server::X11 { offer: Some(offer), .. } => offer.is_overtaken(),
            _ => false,
        }
    }

    fn replace_unread(&mut self, content: &Snapshot) -> Result<Replaced, ClipboardError> {
        match &self.server {
            Server::X11 { offer: Some(offer), has_all_programs: true } => {
                let is_replaced =
                    offer.replace_unread(text_formats::of(content)).map_err(of_x11)?;
                if is_replaced {
                    self.note_written(content);
                }
                Ok(if is_replaced { Replaced::Yes } else { Replaced::No })
            }
            _ => {
                let age = self.written.as_ref().map(|(_, at)| at.elapsed());
                Ok(age.map_or(Replaced::No, Replaced::Untold))
            }
        }
    }

    fn write(&mut self, content: &Snapshot) -> Result<(), ClipboardError> {
        self.note_written(content);
        match &mut self.server {
            Server::X11 { offer, .. } => {
                let started = SelectionOffer::start(text_formats::of(content));
                *offer = Some(started.map_err(of_x11)?);
                Ok(())
            }
            Server::Wayland(clipboard) => {
                let text = content.text.as_str();
                let written = match &content.html {
                    Some(html) => clipboard.set().html(html.as_str(), Some(text)),
                    None => clipboard.set().text(text),
                };
                written.map_err(ClipboardError::new)
            }
        }
    }

    fn give_back(&mut self, content: AllFormats, text: &Snapshot) -> Result<(), ClipboardError> {
        let given_back = SelectionOffer::start(content).map_err(of_x11)?;
        if let Server::X11 { offer, .. } = &mut self.server {
            *offer = Some(given_back);
        }
        self.note_written(text);
        Ok(())
    }
}

impl Drop for SystemBackend {
    /// Hands what was written or given back over to the clipboard manager, if it is on the clipboard still.
    fn drop(&mut self) {
        let is_ours = |content: &AllFormats, written: &Snapshot| {
            content.0.iter().any(|format| format.bytes == written.text.as_bytes())
        };
        let (Some((written, _)), Server::X11 { .. }) = (self.written.take(), &self.server) else {
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
