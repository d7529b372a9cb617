//! The rules of the clipboard: what may be read, and when it may be written.
//!
//! Nothing of the user's is lost. Secrets, pictures and files are left alone; a write happens only if the clipboard
//! still holds what was read; pasting puts the old content back, whatever fails.

use std::time::Duration;

use pounce_engine::{CancelToken, Language};
use pounce_service::settings::SnippetSource;

use super::all_formats::AllFormats;
use super::backend::{ClipboardBackend, Replaced};
use super::content::{MAX_BYTES, MAX_READ_BYTES, Snapshot, decode_as};
use super::error::{ClipboardError, Refusal};
use super::formats::{self, ContentKind, HTML};
use super::language_hint;
use super::paste::{PasteError, PasteRefusal, PasteTarget, PasteText};
use super::source::{Selection, Source};

/// Reads the clipboard's text; everything else is refused unread.
pub(crate) fn read(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    ensure_code(read_any_text(backend)?)
}

/// Like [`read`], but white space is a text too: a completion that was written may be nothing else.
fn read_any_text(backend: &mut dyn ClipboardBackend) -> Result<Snapshot, Refusal> {
    read_if_text(backend, Source::new(Selection::Clipboard), read_snapshot)
}

/// Reads the text of a selection, and the language that the editor which copied it names, if it names one.
fn read_with_language(
    backend: &mut dyn ClipboardBackend,
    selection: Selection,
) -> Result<(Snapshot, Option<Language>), Refusal> {
    let source = Source::new(selection);
    let (snapshot, language) = read_if_text(backend, source, |backend, source, formats| {
        let snapshot = read_snapshot(backend, source, formats)?;
        Ok((snapshot, language_hint::read(backend, source, formats)))
    })?;
    Ok((ensure_code(snapshot)?, language))
}

/// A text to complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnippetRead {
    /// The text, with its HTML.
    pub(crate) snippet: Snapshot,
    /// The language that the editor names; `None` if it names none.
    pub(crate) language: Option<Language>,
    /// Where the text is from.
    pub(crate) selection: Selection,
    /// What the clipboard holds, which a completion replaces.
    pub(crate) clipboard: Snapshot,
}

/// Reads the text that `source` names.
pub(crate) fn read_snippet(
    backend: &mut dyn ClipboardBackend,
    source: SnippetSource,
) -> Result<SnippetRead, Refusal> {
    match source {
        SnippetSource::Clipboard => read_clipboard(backend),
        SnippetSource::Selection => read_selected(backend),
        // A picture that is newer than the code on the clipboard, or nothing at all, is not meant.
        SnippetSource::Newer if backend.newest() == Some(Selection::Primary) => {
            match read_selected(backend) {
                Ok(read) if read.snippet.text != read.clipboard.text => Ok(read),
                Ok(_) | Err(Refusal::NothingSelected | Refusal::NotText) => read_clipboard(backend),
                Err(refusal) => Err(refusal),
            }
        }
        SnippetSource::Newer => read_clipboard(backend),
    }
}

fn read_clipboard(backend: &mut dyn ClipboardBackend) -> Result<SnippetRead, Refusal> {
    let (snippet, language) = read_with_language(backend, Selection::Clipboard)?;
    let clipboard = snippet.clone();
    Ok(SnippetRead { snippet, language, selection: Selection::Clipboard, clipboard })
}

fn read_selected(backend: &mut dyn ClipboardBackend) -> Result<SnippetRead, Refusal> {
    let selection = Selection::Primary;
    let (snippet, language) = read_with_language(backend, selection).map_err(|why| match why {
        Refusal::Empty => Refusal::NothingSelected,
        why => why,
    })?;
    // What the completion replaces has to be put back on undo.
    let clipboard = match read_any_text(backend) {
        Err(Refusal::Empty) => Snapshot::default(),
        read => read?,
    };
    Ok(SnippetRead { snippet, language, selection, clipboard })
}

/// The text that another program has copied, and its language as [`read_with_language`] has it; `None` for what [`read`]
/// refuses and for what the app wrote itself.
pub(crate) fn read_copied(
    backend: &mut dyn ClipboardBackend,
) -> Option<(String, Option<Language>)> {
    let source = Source::new(Selection::Clipboard);
    let (text, language) = read_if_text(backend, source, |backend, source, formats| {
        let text = read_text(backend, source, formats)?;
        Ok((text, language_hint::read(backend, source, formats)))
    })
    .ok()?;
    (!backend.has_written(&text)).then_some((text, language))
}

/// Calls `read` with the names of the formats, if they name text both before and after: a secret that was copied in
/// between is dropped.
fn read_if_text<T>(
    backend: &mut dyn ClipboardBackend,
    source: Source,
    read: impl FnOnce(&mut dyn ClipboardBackend, Source, &[String]) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let before = backend.formats(source)?;
    ensure_text(&before)?;
    let content = read(backend, source, &before)?;
    let after = backend.formats(source)?;
    ensure_text(&after)?;
    if after == before { Ok(content) } else { Err(Refusal::Changed) }
}

/// Reads a text with its HTML, if both together can be put back.
fn read_snapshot(
    backend: &mut dyn ClipboardBackend,
    source: Source,
    formats: &[String],
) -> Result<Snapshot, Refusal> {
    let text = read_text(backend, source, formats)?;
    let has_html = formats::classify(formats) == ContentKind::Text { has_html: true };
    // HTML that is offered but cannot be read is no reason to refuse the text.
    let html = if has_html { read_as(backend, source, HTML).ok() } else { None };
    let snapshot = Snapshot { text, html };
    if snapshot.n_bytes() > MAX_BYTES { Err(Refusal::TooLarge) } else { Ok(snapshot) }
}

/// Reads a text in the best of the formats on offer, once.
fn read_text(
    backend: &mut dyn ClipboardBackend,
    source: Source,
    formats: &[String],
) -> Result<String, Refusal> {
    let format = formats::text_format(formats).ok_or(Refusal::NotText)?;
    let text = read_as(backend, source, format)?;
    // An owner that is still sending is not asked for anything else.
    if text.len() > MAX_BYTES { Err(Refusal::TooLarge) } else { Ok(text) }
}

fn read_as(
    backend: &mut dyn ClipboardBackend,
    source: Source,
    format: &str,
) -> Result<String, ClipboardError> {
    let content = backend.content(source, format, MAX_READ_BYTES)?;
    decode_as(format, content).map_err(|_| ClipboardError::NotHandedOver)
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

/// Writes `better` if the clipboard still holds `written`, which is what the app wrote, and no program has pasted that.
/// Where the desktop does not tell who reads, only within `unseen` after it was written.
pub(crate) fn improve(
    backend: &mut dyn ClipboardBackend,
    written: &Snapshot,
    better: &Snapshot,
    unseen: Duration,
) -> Result<(), Refusal> {
    ensure_readable(better)?;
    match backend.replace_unread(better)? {
        Replaced::Yes => Ok(()),
        Replaced::Untold(age) if age <= unseen => replace(backend, written, better),
        Replaced::Untold(_) | Replaced::No => Err(Refusal::Changed),
    }
}

/// Writes `new`, unless it could not be read back: then it could not be undone either.
pub(crate) fn write(backend: &mut dyn ClipboardBackend, new: &Snapshot) -> Result<(), Refusal> {
    ensure_readable(new)?;
    Ok(backend.write(new)?)
}

fn ensure_readable(new: &Snapshot) -> Result<(), Refusal> {
    if new.n_bytes() > MAX_BYTES { Err(Refusal::WouldBeTooLarge) } else { Ok(()) }
}

/// Pastes a text into the window `target` by way of the clipboard, if that still holds `expected`. Once the window has
/// fetched the text, the clipboard has its old content again in every format, and also if pasting panics. If the window
/// has not fetched it, the completion stays on the clipboard: the keys were pressed, and the window may wake at any time.
/// What another program has copied meanwhile stays.
pub(crate) fn paste(
    backend: &mut dyn ClipboardBackend,
    target: Box<dyn PasteTarget + '_>,
    expected: &Snapshot,
    text: &PasteText,
    cancel: &CancelToken,
) -> Result<(), PasteRefusal> {
    ensure_readable(&Snapshot::text(&text.completion))?;
    let content = backend.all_formats().map_err(Refusal::Unusable)?;
    if content.n_bytes() > MAX_BYTES {
        return Err(Refusal::TooLarge.into());
    }
    ensure_holds(backend, expected)?;
    let content = Some((content, expected));
    let mut guard = ClipboardRestore { backend, target, content };
    match guard.target.paste(text, cancel) {
        Ok(()) => guard.restore().map_err(PasteRefusal::Restore),
        Err(why) => guard.leave(&text.completion, why),
    }
}

fn ensure_holds(backend: &mut dyn ClipboardBackend, expected: &Snapshot) -> Result<(), Refusal> {
    match read_any_text(backend) {
        Ok(now) if now == *expected => Ok(()),
        Err(Refusal::Empty) if *expected == Snapshot::default() => Ok(()),
        Err(Refusal::Unusable(error)) => Err(error.into()),
        Ok(_) | Err(_) => Err(Refusal::Changed),
    }
}

/// Puts the user's content back when dropped. Held while the clipboard holds a text for the target window.
struct ClipboardRestore<'a> {
    backend: &'a mut dyn ClipboardBackend,
    target: Box<dyn PasteTarget + 'a>,
    /// The user's content, in every format and as text; `None` once nothing is to be put back any more.
    content: Option<(AllFormats, &'a Snapshot)>,
}

impl ClipboardRestore<'_> {
    fn restore(&mut self) -> Result<(), ClipboardError> {
        let Some((content, text)) = self.content.take() else { return Ok(()) };
        if self.target.is_overtaken() { Ok(()) } else { self.backend.give_back(content, text) }
    }

    /// Leaves the completion on the clipboard.
    fn leave(&mut self, completion: &str, why: PasteError) -> Result<(), PasteRefusal> {
        self.content = None;
        if self.target.is_overtaken() {
            return Err(PasteRefusal::Overtaken(why));
        }
        self.backend.write(&Snapshot::text(completion)).map_err(PasteRefusal::Restore)?;
        Err(PasteRefusal::NotTaken(why))
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
