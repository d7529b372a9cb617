//! The language that an editor names beside the text that it copies.
//!
//! VS Code and the editors made from it do, in the format `vscode-editor-data`; on Linux their browser engine packs it
//! into a format of its own. No other editor is known to.

mod vscode;
mod web_custom_data;

use pounce_engine::Language;

use super::backend::ClipboardBackend;
use super::content::MAX_HINT_BYTES;
use super::error::HINT_TIMEOUT;
use super::source::Source;

/// Reads the language from a format's content.
type Reader = fn(&[u8]) -> Option<Language>;

/// Names of formats, each with its reader. Of several on offer the first is read.
const FORMATS: [(&str, Reader); 2] = [
    (vscode::FORMAT, vscode::language),
    (web_custom_data::FORMAT, |content| {
        let json = web_custom_data::value(content, vscode::FORMAT)?;
        vscode::language(json.as_bytes())
    }),
];

/// Reads the language of a content offered in these `formats`; `None` if they name none, and if its owner does not answer
/// at once: the text is worth completing without.
pub(crate) fn read(
    backend: &mut dyn ClipboardBackend,
    source: Source,
    formats: &[String],
) -> Option<Language> {
    let is_offered = |name: &str| formats.iter().any(|format| format == name);
    let (name, language) = FORMATS.iter().find(|(name, _)| is_offered(name))?;
    let source = source.within(HINT_TIMEOUT);
    let content = backend.content(source, name, MAX_HINT_BYTES + 1).ok()?;
    language(&content).filter(|_| content.len() <= MAX_HINT_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clipboard::memory::MemoryBackend;
    use crate::clipboard::source::Selection;

    /// `vscode-editor-data` as it names TypeScript's dialect for React.
    const JSON: &[u8] = br#"{"version":1,"isFromEmptySelection":false,"multicursorText":null,"mode":"typescriptreact"}"#;

    fn check(formats: &[&str], hint: Option<&[u8]>, expected: Option<Language>, why: &str) {
        let hint = hint.map(<[u8]>::to_vec);
        let mut backend = MemoryBackend { hint, ..MemoryBackend::offering(formats) };
        let formats = backend.formats.clone();
        assert_eq!(
            read(&mut backend, Source::new(Selection::Clipboard), &formats),
            expected,
            "{why}"
        );
    }

    #[test]
    fn the_language_is_read_from_what_is_offered() {
        let packed = web_custom_data::pickle(&[(vscode::FORMAT, JSON)]);
        let typescript = Some(Language::TypeScript);
        check(&["UTF8_STRING", vscode::FORMAT], Some(JSON), typescript, "as it is");
        check(&["UTF8_STRING", web_custom_data::FORMAT], Some(&packed), typescript, "packed");
        let both = [web_custom_data::FORMAT, vscode::FORMAT];
        check(&both, Some(JSON), typescript, "the simpler one of two");
        check(&["UTF8_STRING"], Some(JSON), None, "no such format is on offer");
        check(&["UTF8_STRING", vscode::FORMAT], None, None, "its owner does not answer");
        check(&["UTF8_STRING", vscode::FORMAT], Some(b"TypeScript"), None, "something else");
    }
}
