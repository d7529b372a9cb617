//! What becomes of a copy, if the user wants code to be read ahead: which copies are worth it, and their way from the
//! clipboard to the service.
//!
//! A secret, a picture or files are refused by their formats, as everywhere; text in which no language shows is not
//! code; what the app itself wrote was read before. When to look, and when to stop, is the business of `desk`.

use pounce_engine::{Language, Mode};
use pounce_service::{CompletionRequest, MAX_SEGMENT_BYTES};

use crate::clipboard::{self, Clipboard};
use crate::completer::Completes;
use crate::snippet;

/// The longest text that is read ahead, in bytes. A longer one is a file rather than a snippet: no model reads more
/// of it, and the hotkey may never come.
const MAX_BYTES: usize = MAX_SEGMENT_BYTES;

/// Reads what another program has just copied, if it is worth it. Dropping the future stops the reading.
pub(crate) async fn read_ahead(service: &impl Completes, clipboard: &Clipboard) {
    let Ok(Some(text)) = clipboard.run(clipboard::read_copied).await else { return };
    if let Some(request) = request_for(&text) {
        service.prepare(request).await;
    }
}

/// The request that a press of the line's hotkey would make; `None` where the text is not worth reading ahead.
fn request_for(text: &str) -> Option<CompletionRequest> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let segments = snippet::segments(text);
    let language = snippet::language(&segments);
    let is_code = language != Language::Unknown;
    is_code.then(|| CompletionRequest { language, ..CompletionRequest::new(segments, Mode::Line) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::MemoryBoard;
    use crate::clipboard::{Board as _, Snapshot};
    use crate::script::ScriptedService;

    #[test]
    fn only_snippets_of_code_are_worth_it() {
        let check = |text: &str, is_worth: bool, why: &str| {
            assert_eq!(request_for(text).is_some(), is_worth, "{why}");
        };
        let code = "def add(a, b):\n    return ";
        check(code, true, "code");
        check("fn main() {\n    let mut ‹cursor›\n}", true, "code around a cursor");
        check("Dear all, we meet at noon.", false, "prose");
        check("hunter2", false, "a word, which may be a password that nobody marked");
        check("", false, "nothing");
        check(&code.repeat(MAX_BYTES / code.len()), true, "as long as a model reads");
        check(&code.repeat(MAX_BYTES / code.len() + 1), false, "longer");
    }

    #[tokio::test]
    async fn a_secret_and_the_app_s_own_writes_do_not_reach_the_service() {
        let code = Snapshot::text("def add(a, b):\n    return ");
        let mut own = MemoryBoard::default();
        own.write(&code).unwrap();
        let mut secret = MemoryBoard::holding(code.clone());
        secret.formats.push("x-kde-passwordManagerHint".into());
        for (board, n_prepared) in [(MemoryBoard::holding(code), 1), (own, 0), (secret, 0)] {
            let (service, shown) = (ScriptedService::default(), board.formats.clone());
            let clipboard = Clipboard::start(move || Ok(board.clone())).unwrap();
            read_ahead(&service, &clipboard).await;
            assert_eq!(service.prepared.lock().unwrap().len(), n_prepared, "{shown:?}");
        }
    }

    #[test]
    fn what_is_read_ahead_is_what_the_hotkey_asks_for() {
        let request = request_for("def f(‹cursor›):\n    pass").unwrap();
        assert_eq!(request.segments.prefix, "def f(", "up to the cursor");
        assert_eq!(request.segments.suffix, "):\n    pass", "and after it");
        assert_eq!((request.language, request.mode), (Language::Python, Mode::Line));
    }
}
