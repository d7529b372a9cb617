//! Reads code ahead when it is copied, if the user wants that: decides which copies are worth it and passes them to the
//! service.
//!
//! Secrets, pictures and files are refused by their formats, as everywhere. Text in which no language is detected is not
//! code. What the app wrote itself was read before. When to look, and when to stop, is decided by `actor`.

use pounce_engine::{Language, Mode};
use pounce_service::{CompletionRequest, MAX_SEGMENT_BYTES};

use super::cursor_markers::CursorMarkers;
use super::runner::Completer;
use super::snippet::CopiedSnippet;
use crate::clipboard::rules;
use crate::clipboard::thread::Clipboard;
use crate::sync::spawn_blocking;

/// The longest text that is read ahead, in bytes. No model reads more of a text, and a longer one is rather a file than a
/// snippet, for which the hotkey may never be pressed.
const MAX_BYTES: usize = MAX_SEGMENT_BYTES;

/// Reads ahead what another program has just copied, if it is worth it. Dropping the future stops the reading.
pub(crate) async fn read_ahead(
    completer: &impl Completer,
    clipboard: &Clipboard,
    markers: CursorMarkers,
) {
    let Ok(Some((text, named))) = clipboard.run(rules::read_copied).await else { return };
    let request = spawn_blocking(move || request_for(&text, &markers, named)).await;
    if let Some(request) = request {
        completer.prepare(request).await;
    }
}

/// The request that the hotkey of the line would make of a text whose editor names its language, or does not; `None` if
/// the text is not worth reading ahead.
fn request_for(
    text: &str,
    markers: &CursorMarkers,
    named: Option<Language>,
) -> Option<CompletionRequest> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let snippet = CopiedSnippet::new(text, markers, named);
    (snippet.language() != Language::Unknown).then(|| snippet.request(Mode::Line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clipboard::backend::ClipboardBackend as _;
    use crate::clipboard::content::Snapshot;
    use crate::clipboard::memory::MemoryBackend;
    use crate::request::test_doubles::ScriptedCompleter;

    fn request_of(text: &str, named: Option<Language>) -> Option<CompletionRequest> {
        request_for(text, &CursorMarkers::default(), named)
    }

    #[test]
    fn only_snippets_of_code_are_worth_it() {
        let check = |text: &str, is_worth: bool, why: &str| {
            assert_eq!(request_of(text, None).is_some(), is_worth, "{why}");
        };
        let code = "def add(a, b):\n    return ";
        check(code, true, "code");
        check("fn main() {\n    let mut ‹cursor›\n}", true, "code around a cursor");
        check("Dear all, we meet at noon.", false, "prose");
        check("hunter2", false, "a word, which may be an unmarked password");
        check("", false, "nothing");
        check(&code.repeat(MAX_BYTES / code.len()), true, "as long as a model reads");
        check(&code.repeat(MAX_BYTES / code.len() + 1), false, "longer");
    }

    #[tokio::test]
    async fn a_secret_and_the_app_s_own_writes_do_not_reach_the_service() {
        let code = Snapshot::text("def add(a, b):\n    return ");
        let mut own = MemoryBackend::default();
        own.write(&code).unwrap();
        let mut secret = MemoryBackend::holding(code.clone());
        secret.formats.push("x-kde-passwordManagerHint".into());
        for (backend, n_prepared) in [(MemoryBackend::holding(code), 1), (own, 0), (secret, 0)] {
            let (completer, shown) = (ScriptedCompleter::default(), backend.formats.clone());
            let clipboard = Clipboard::start(move || Ok(backend.clone())).unwrap();
            read_ahead(&completer, &clipboard, CursorMarkers::default()).await;
            assert_eq!(completer.prepared.lock().unwrap().len(), n_prepared, "{shown:?}");
        }
    }

    #[test]
    fn what_is_read_ahead_is_what_the_hotkey_asks_for() {
        let request = request_of("def f(‹cursor›):\n    pass", None).unwrap();
        assert_eq!(request.segments.prefix, "def f(", "up to the cursor");
        assert_eq!(request.segments.suffix, "):\n    pass", "and after it");
        assert_eq!((request.language, request.mode), (Language::Python, Mode::Line));
        let dressed = request_of("> def f(‹cursor›):\r\n>     pass", None).unwrap();
        assert_eq!(dressed.segments, request.segments, "cleaned in the same way");
        let named = request_of("f(", Some(Language::Go)).expect("an editor says that it is code");
        assert_eq!(named.language, Language::Go, "of the language that the editor names");
    }
}
