//! `vscode-editor-data`: what VS Code's editor says of a text that it copies, in JSON.

use pounce_engine::Language;
use serde::Deserialize;

/// The name of the format.
pub(super) const FORMAT: &str = "vscode-editor-data";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EditorData {
    /// VS Code's id of the document's language; `None` for plain text.
    mode: Option<String>,
    /// Whether nothing was selected: then VS Code copies the line of the cursor with its line end.
    #[serde(default)]
    is_from_empty_selection: bool,
}

/// The language of the document that was copied from; `None` if the content does not name one that is known here.
pub(super) fn language(json: &[u8]) -> Option<Language> {
    let EditorData { mode, .. } = serde_json::from_slice(json).ok()?;
    language_with_id(&mode?)
}

/// Whether the line of the cursor was copied because nothing was selected.
pub(super) fn is_unselected_line(json: &[u8]) -> bool {
    serde_json::from_slice(json).is_ok_and(|data: EditorData| data.is_from_empty_selection)
}

/// The language with this id of VS Code's. Most are names or file extensions of the language.
/// Source: <https://code.visualstudio.com/docs/languages/identifiers>.
fn language_with_id(id: &str) -> Option<Language> {
    match id {
        "cuda-cpp" => Some(Language::Cpp),
        "dockercompose" => Some(Language::Yaml),
        "javascriptreact" => Some(Language::JavaScript),
        "less" => Some(Language::Css),
        "objective-cpp" => Some(Language::ObjectiveC),
        "shellscript" => Some(Language::Shell),
        "typescriptreact" => Some(Language::TypeScript),
        // Such documents hold code of other languages, and the id does not tell which of it was copied.
        "markdown" | "svelte" | "vue" => None,
        id => id.parse().ok().filter(|language| *language != Language::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_vs_code_are_languages() {
        let cases = [
            ("python", Some(Language::Python)),
            ("typescriptreact", Some(Language::TypeScript)),
            ("javascriptreact", Some(Language::JavaScript)),
            ("shellscript", Some(Language::Shell)),
            ("cpp", Some(Language::Cpp)),
            ("c", Some(Language::C)),
            ("csharp", Some(Language::CSharp)),
            ("objective-c", Some(Language::ObjectiveC)),
            ("objective-cpp", Some(Language::ObjectiveC)),
            ("scss", Some(Language::Css)),
            ("plaintext", None),
            ("markdown", None),
            ("unknown", None),
            ("coq", None),
        ];
        for (id, expected) in cases {
            let json = format!(r#"{{"version":1,"mode":"{id}"}}"#);
            assert_eq!(language(json.as_bytes()), expected, "{id}");
        }
    }

    #[test]
    fn anything_else_names_no_language() {
        for json in ["", "{}", "[]", "python", r#"{"mode":null}"#, r#"{"mode":7}"#, "\u{feff}{}"] {
            assert_eq!(language(json.as_bytes()), None, "{json:?}");
        }
    }
}
