//! The rules of the clipboard: what may be read, and when it may be written.
//!
//! Nothing of the user's is lost. Secrets, pictures and files are left alone; a write happens only if the clipboard
//! still holds what was read; pasting puts the old content back, whatever fails.

use pounce_engine::{CancelToken, Language};

use super::backend::ClipboardBackend;
use super::content::{MAX_BYTES, Snapshot};
use super::error::{ClipboardError, Refusal};
use super::formats::{self, ContentKind};
use super::language_hint;
use super::paste::{PasteRefusal, PasteTarget};

/// Reads a text content; everything else is refused unread.
pub(crate) fn read(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    ensure_code(read_any_text(backend)?)
}

/// Like [`read`], but white space is a text too: a completion that was written may be nothing else.
fn read_any_text(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    ensure_fits(read_if_text(backend, read_snapshot)?)
}

/// Reads as [`read`] does, and the language that the editor which copied the text names, if it names one.
pub(crate) fn read_with_language(
    backend: &mut dyn ClipboardBackend,
) -> Result<(Snapshot, Option<Language>), Refusal> {
    let (snapshot, language) = read_if_text(backend, |backend, formats| {
        Ok((read_snapshot(backend, formats)?, language_hint::read(backend, formats)))
    })?;
    Ok((ensure_code(ensure_fits(snapshot)?)?, language))
}

/// The text that another program has copied, and its language as [`read_with_language`] has it; `None` for what [`read`]
/// refuses and for what the app wrote itself.
pub(crate) fn read_copied(
    backend: &mut dyn ClipboardBackend,
) -> Option<(String, Option<Language>)> {
    let (text, language) = read_if_text(backend, |backend, formats| {
        Ok((backend.text()?, language_hint::read(backend, formats)))
    })
    .ok()?;
    (!backend.has_written(&text)).then_some((text, language))
}

/// Calls `read` with the names of the formats, if they name text both before and after: a secret that was copied in
/// between is dropped.
fn read_if_text<T>(
    backend: &mut dyn ClipboardBackend,
    read: impl FnOnce(&mut dyn ClipboardBackend, &[String]) -> Result<T, ClipboardError>,
) -> Result<T, Refusal> {
    let before = backend.formats()?;
    ensure_text(&before)?;
    let content = read(backend, &before)?;
    let after = backend.formats()?;
    ensure_text(&after)?;
    if after == before { Ok(content) } else { Err(Refusal::Changed) }
}

fn read_snapshot(
    backend: &mut dyn ClipboardBackend,
    formats: &[String],
) -> Result<Snapshot, ClipboardError> {
    let text = backend.text()?;
    let has_html = formats::classify(formats) == ContentKind::Text { has_html: true };
    // HTML that is offered but cannot be read is no reason to refuse the text.
    let html = if has_html { backend.html().ok() } else { None };
    Ok(Snapshot { text, html })
}

/// Refuses what could not be put back.
fn ensure_fits(snapshot: Snapshot) -> Result<Snapshot, Refusal> {
    if snapshot.n_bytes() > MAX_BYTES { Err(Refusal::TooLarge) } else { Ok(snapshot) }
}

/// Refuses what holds no code.
fn ensure_code(snapshot: Snapshot) -> Result<Snapshot, Refusal> {
    if snapshot.text.trim().is_empty() { Err(Refusal::Empty) } else { Ok(snapshot) }
}

/// Refuses all but text by the names of the formats alone.
fn ensure_text(formats: &[String]) -> Result<(), Refusal> {
    match formats::classify(formats) {
        ContentKind::Text { .. } => Ok(()),
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
