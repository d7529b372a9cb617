//! What an editor says beside the text that it copies: its language, and whether it was the cursor's line because nothing
//! was selected.
//!
//! VS Code and the editors made from it do, in the format `vscode-editor-data`; on Linux their browser engine packs it
//! into a format of its own. No other editor is known to.

mod vscode;
mod web_custom_data;

use std::borrow::Cow;

use pounce_engine::Language;

use super::backend::ClipboardBackend;
use super::content::MAX_HINT_BYTES;
use super::error::HINT_TIMEOUT;
use super::source::Source;

/// Takes the editor's JSON out of a format's content.
type Unpack = fn(&[u8]) -> Option<Cow<'_, [u8]>>;

/// Names of formats, each with how the JSON is packed there. Of several on offer the first is read.
const FORMATS: [(&str, Unpack); 2] = [
    (vscode::FORMAT, |content| Some(content.into())),
    (web_custom_data::FORMAT, |content| {
        let json = web_custom_data::value(content, vscode::FORMAT)?;
        Some(json.into_bytes().into())
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
    let (name, unpack) = FORMATS.iter().find(|(name, _)| is_offered(name))?;
    let source = source.within(HINT_TIMEOUT);
    let content = backend.content(source, name, MAX_HINT_BYTES + 1).ok()?;
    let content = (content.len() <= MAX_HINT_BYTES).then_some(content)?;
    vscode::language(&unpack(&content)?)
}

/// Whether an editor has copied the cursor's line because nothing was selected; `read` returns at most a number of bytes of the
/// content that has a format of this name.
pub(crate) fn is_unselected_line(read: impl Fn(&str, usize) -> Option<Vec<u8>>) -> bool {
    FORMATS.iter().any(|(name, unpack)| {
        let content = read(name, MAX_HINT_BYTES);
        content.is_some_and(|content| {
            unpack(&content).is_some_and(|json| vscode::is_unselected_line(&json))
        })
    })
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

    #[test]
    fn a_line_that_was_copied_without_a_selection_is_told() {
        let json = |is_line: bool| {
            format!(r#"{{"version":1,"isFromEmptySelection":{is_line},"mode":"python"}}"#)
        };
        let check = |content: Vec<u8>, name: &str, expected: bool, why: &str| {
            let read = |asked: &str, _| (asked == name).then(|| content.clone());
            assert_eq!(is_unselected_line(read), expected, "{why}");
        };
        check(json(true).into_bytes(), vscode::FORMAT, true, "as it is");
        let packed = web_custom_data::pickle(&[(vscode::FORMAT, json(true).as_bytes())]);
        check(packed, web_custom_data::FORMAT, true, "packed");
        check(json(false).into_bytes(), vscode::FORMAT, false, "it was selected");
        check(b"{}".to_vec(), vscode::FORMAT, false, "the editor does not tell");
        check(json(true).into_bytes(), "text/plain", false, "no editor's format");
    }
}
