//! The rules of the clipboard: what may be read, and when it may be written.
//!
//! Nothing of the user's is lost. Secrets, pictures and files are left alone; a write happens only if the clipboard
//! still holds what was read; pasting puts the old content back, whatever fails.

use pounce_engine::CancelToken;

use super::backend::ClipboardBackend;
use super::content::{MAX_BYTES, Snapshot};
use super::error::{ClipboardError, Refusal};
use super::formats::{self, ContentKind};
use super::paste::{PasteRefusal, PasteTarget};

/// Reads a text content; everything else is refused unread.
pub(crate) fn read(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    let snapshot = read_any_text(backend)?;
    if snapshot.text.trim().is_empty() { Err(Refusal::Empty) } else { Ok(snapshot) }
}

/// Like [`read`], but white space is a text too: a completion that was written may be nothing else.
fn read_any_text(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    let snapshot = read_if_text(backend, |backend, has_html| {
        let text = backend.text()?;
        // HTML that is offered but cannot be read is no reason to refuse the text.
        let html = if has_html { backend.html().ok() } else { None };
        Ok(Snapshot { text, html })
    })?;
    if snapshot.n_bytes() > MAX_BYTES { Err(Refusal::TooLarge) } else { Ok(snapshot) }
}

/// The text that another program has copied; `None` for what [`read`] refuses and for what the app wrote itself.
pub(crate) fn read_copied(backend: &mut dyn ClipboardBackend) -> Option<String> {
    let text = read_if_text(backend, |backend, _| backend.text()).ok()?;
    (!backend.has_written(&text)).then_some(text)
}

/// Calls `read` with whether HTML is offered, if the formats name text both before and after: a secret that was copied
/// in between is dropped.
fn read_if_text<T>(
    backend: &mut dyn ClipboardBackend,
    read: impl FnOnce(&mut dyn ClipboardBackend, bool) -> Result<T, ClipboardError>,
) -> Result<T, Refusal> {
    let before = backend.formats()?;
    let content = read(backend, ensure_text(&before)?)?;
    let after = backend.formats()?;
    ensure_text(&after)?;
    if after == before { Ok(content) } else { Err(Refusal::Changed) }
}

/// Refuses all but text by the names of the formats alone. Returns whether the text is offered as HTML too.
fn ensure_text(formats: &[String]) -> Result<bool, Refusal> {
    match formats::classify(formats) {
        ContentKind::Text { has_html } => Ok(has_html),
        ContentKind::Nothing => Err(Refusal::Empty),
        ContentKind::Secret => Err(Refusal::Secret),
        ContentKind::Image => Err(Refusal::Image),
        ContentKind::Files => Err(Refusal::Files),
        ContentKind::Other => Err(Refusal::NotText),
    }
}

/// Writes `new` if the clipboard still holds `expected`.
pub(crate) fn replace(
    backend: &mut dyn ClipboardBackend,
    expected: &Snapshot,
    new: &Snapshot,
) -> Result<(), Refusal> {
    ensure_holds(backend, expected)?;
    write(backend, new)
}

/// Writes `new`, unless it could not be read back: then it could not be undone either.
pub(crate) fn write(backend: &mut dyn ClipboardBackend, new: &Snapshot) -> Result<(), Refusal> {
    ensure_readable(new)?;
    Ok(backend.write(new)?)
}

fn ensure_readable(new: &Snapshot) -> Result<(), Refusal> {
    if new.n_bytes() > MAX_BYTES { Err(Refusal::WouldBeTooLarge) } else { Ok(()) }
}

/// Pastes `completion` into the window `target` by way of the clipboard, if that still holds `expected`. Puts `expected`
/// back once the window has fetched the text, and also if pasting is cancelled, fails or panics. What another program
/// has copied meanwhile stays.
pub(crate) fn paste(
    backend: &mut dyn ClipboardBackend,
    target: Box<dyn PasteTarget + '_>,
    expected: &Snapshot,
    completion: &str,
    cancel: &CancelToken,
) -> Result<(), PasteRefusal> {
    ensure_readable(&Snapshot::text(completion))?;
    ensure_holds(backend, expected)?;
    let mut guard = ClipboardRestore { backend, target, content: Some(expected) };
    let pasted = guard.target.paste(completion, cancel);
    guard.restore().map_err(PasteRefusal::Restore)?;
    Ok(pasted?)
}

fn ensure_holds(backend: &mut dyn ClipboardBackend, expected: &Snapshot) -> Result<(), Refusal> {
    match read_any_text(backend) {
        Ok(now) if now == *expected => Ok(()),
        Err(Refusal::Unusable(error)) => Err(error.into()),
        Ok(_) | Err(_) => Err(Refusal::Changed),
    }
}

/// Puts the user's content back when dropped. Held while the clipboard holds a text for the target window.
struct ClipboardRestore<'a> {
    backend: &'a mut dyn ClipboardBackend,
    target: Box<dyn PasteTarget + 'a>,
    /// The user's content; `None` once it was put back.
    content: Option<&'a Snapshot>,
}

impl ClipboardRestore<'_> {
    fn restore(&mut self) -> Result<(), ClipboardError> {
        let Some(content) = self.content.take() else { return Ok(()) };
        if self.target.is_overtaken() { Ok(()) } else { self.backend.write(content) }
    }
}

impl Drop for ClipboardRestore<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.restore() {
            tracing::error!(%error, "the old clipboard could not be put back");
        }
    }
}

#[cfg(test)]
mod tests;
