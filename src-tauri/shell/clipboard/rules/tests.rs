//! Each rule of the clipboard, on a clipboard in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::clipboard::all_formats::FormatContent;
use crate::clipboard::memory::MemoryBackend;
use crate::clipboard::paste::{PasteError, PasteWish, Paster};

/// A window to paste into that passes the text to a closure of the test.
struct FakePaster<F> {
    paste: F,
    /// Whether another program copies something while pasting.
    is_overtaken: bool,
}

impl<F: FnMut(&str) -> Result<(), PasteError> + Send> FakePaster<F> {
    fn new(paste: F) -> Self {
        Self { paste, is_overtaken: false }
    }
}

impl<F: FnMut(&str) -> Result<(), PasteError> + Send> Paster for FakePaster<F> {
    fn wait_for_release(&mut self, _: &CancelToken) -> Result<(), PasteError> {
        Ok(())
    }

    fn target_window(
        &mut self,
        _: &PasteWish<'_>,
    ) -> Result<Box<dyn PasteTarget + '_>, PasteError> {
        Ok(Box::new(self))
    }
}

impl<F: FnMut(&str) -> Result<(), PasteError>> PasteTarget for &mut FakePaster<F> {
    fn paste(&mut self, text: &PasteText, _: &CancelToken) -> Result<(), PasteError> {
        (self.paste)(&text.completion)
    }

    fn is_overtaken(&self) -> bool {
        self.is_overtaken
    }
}

/// Pastes a completion of [`rich`].
fn pasted(backend: &mut MemoryBackend, paster: &mut dyn Paster) -> Result<(), PasteRefusal> {
    paste_into(backend, paster, &rich(), "1;")
}

fn paste_into(
    backend: &mut MemoryBackend,
    paster: &mut dyn Paster,
    expected: &Snapshot,
    completion: &str,
) -> Result<(), PasteRefusal> {
    let cancel = CancelToken::new();
    let target = paster.target_window(&PasteWish::anywhere(&cancel)).expect("it has a window");
    let (completion, snippet) = (completion.to_owned(), expected.text.clone());
    paste(backend, target, expected, &PasteText { completion, snippet, whole: None }, &cancel)
}

/// Reads the clipboard with the language of its text.
fn read_named(backend: &mut MemoryBackend) -> Result<(Snapshot, Option<Language>), Refusal> {
    read_with_language(backend, Selection::Clipboard)
}

fn rich() -> Snapshot {
    Snapshot { text: "let x = ".into(), html: Some("<b>let</b> x = ".into()) }
}

#[test]
fn text_is_read_with_its_html() {
    for content in [Snapshot::text("let x = "), rich()] {
        let read = read(&mut MemoryBackend::holding(content.clone()));
        assert_eq!(read, Ok(content), "undo needs every form that can be put back");
    }
}

#[test]
fn content_that_is_not_text_is_refused_unread() {
    let cases = [
        (vec![], Refusal::Empty),
        (vec!["UTF8_STRING", "x-kde-passwordManagerHint"], Refusal::Secret),
        (vec!["image/png"], Refusal::Image),
        (vec!["text/uri-list", "text/plain"], Refusal::Files),
        (vec!["application/x-blob"], Refusal::NotText),
    ];
    for (formats, expected) in cases {
        let mut backend = MemoryBackend::offering(&formats);
        assert_eq!(read(&mut backend), Err(expected), "the formats {formats:?} say so");
        assert_eq!(read_copied(&mut backend), None, "nor is it read ahead: {formats:?}");
        assert_eq!(backend.n_reads, 0, "the content itself is not asked for: {formats:?}");
    }
}

#[test]
fn the_app_s_own_writes_are_no_copies() {
    let mut backend = MemoryBackend::holding(Snapshot::text("let x = "));
    let copied = |backend: &mut MemoryBackend| read_copied(backend).map(|(text, _)| text);
    assert_eq!(copied(&mut backend).as_deref(), Some("let x = "), "another program's");
    backend.write(&Snapshot::text("let x = 1;")).unwrap();
    assert_eq!(copied(&mut backend), None, "our own");
    backend.put(Snapshot::text("let y = "));
    assert_eq!(copied(&mut backend).as_deref(), Some("let y = "), "another program's again");
}

#[test]
fn the_language_that_an_editor_names_is_read_with_the_text() {
    let hint = br#"{"version":1,"mode":"shellscript"}"#.to_vec();
    let mut backend = MemoryBackend { hint: Some(hint), ..MemoryBackend::holding(rich()) };
    assert_eq!(read_named(&mut backend), Ok((rich(), None)), "no format names it");
    backend.formats.push("vscode-editor-data".into());
    let shell = Some(Language::Shell);
    assert_eq!(read_named(&mut backend), Ok((rich(), shell)), "to complete");
    assert_eq!(read_copied(&mut backend), Some((rich().text, shell)), "and to read ahead");
    backend.hint = None;
    assert_eq!(read_named(&mut backend), Ok((rich(), None)), "the text is worth it alone");
}

#[test]
fn what_is_completed_is_what_the_setting_says() {
    use Selection::{Clipboard, Primary};
    let both = |newest| MemoryBackend {
        selected: Some("selected".into()),
        newest,
        ..MemoryBackend::holding(Snapshot::text("copied"))
    };
    let check = |mut backend: MemoryBackend, source, expected: Result<&str, Refusal>, why: &str| {
        let read = read_snippet(&mut backend, source);
        assert_eq!(read.map(|read| read.snippet.text), expected.map(str::to_owned), "{why}");
    };
    let newer = SnippetSource::Newer;
    check(both(Some(Primary)), SnippetSource::Clipboard, Ok("copied"), "always the clipboard");
    check(both(Some(Clipboard)), SnippetSource::Selection, Ok("selected"), "always the selection");
    check(both(Some(Primary)), newer, Ok("selected"), "selected after the copy");
    check(both(Some(Clipboard)), newer, Ok("copied"), "copied after the selection");
    check(both(None), newer, Ok("copied"), "this desktop does not tell");
    let alone = MemoryBackend { selected: None, ..both(Some(Primary)) };
    check(alone.clone(), newer, Ok("copied"), "the selection has gone");
    check(alone, SnippetSource::Selection, Err(Refusal::NothingSelected), "and is needed");
    let picture = MemoryBackend { content: None, formats: vec!["image/png".into()], ..both(None) };
    check(picture, SnippetSource::Selection, Err(Refusal::Image), "it could not be put back");
}

#[test]
fn a_selection_is_completed_where_nothing_was_copied() {
    let selected = Some("let x = ".to_owned());
    let mut backend = MemoryBackend { selected, ..MemoryBackend::default() };
    let read = read_snippet(&mut backend, SnippetSource::Selection).unwrap();
    assert_eq!(read.clipboard, Snapshot::default(), "the clipboard is empty");
    let completed = Snapshot::text("let x = 1;");
    assert_eq!(replace(&mut backend, &read.clipboard, &completed), Ok(()), "still");
}

#[test]
fn white_space_is_nothing_to_complete() {
    for text in ["", " \n\t"] {
        let mut backend = MemoryBackend::holding(Snapshot::text(text));
        assert_eq!(read(&mut backend), Err(Refusal::Empty), "{text:?} holds no code");
    }
}

#[test]
fn content_that_could_not_be_put_back_is_refused() {
    let fits = "x".repeat(MAX_BYTES);
    let read_text = |text: &str| read(&mut MemoryBackend::holding(Snapshot::text(text)));
    assert_eq!(read_text(&fits), Ok(Snapshot::text(&fits)), "as much as can be served");
    assert_eq!(read_text(&format!("{fits}x")), Err(Refusal::TooLarge), "a byte more");
    let wide = Snapshot { text: "x".into(), html: Some(fits) };
    let read = read(&mut MemoryBackend::holding(wide));
    assert_eq!(read, Err(Refusal::TooLarge), "its HTML would be lost as well");
}

#[test]
fn content_copied_during_a_read_is_dropped() {
    let cases = [
        (vec!["UTF8_STRING", "x-kde-passwordManagerHint"], Refusal::Secret),
        (vec!["image/png"], Refusal::Image),
        (vec!["UTF8_STRING", "text/html"], Refusal::Changed),
    ];
    for (formats, expected) in cases {
        let later = formats.iter().map(ToString::to_string).collect();
        let backend = MemoryBackend::holding(Snapshot::text("hunter2"));
        let mut backend = MemoryBackend { formats_after_reading: Some(later), ..backend };
        assert_eq!(read(&mut backend.clone()), Err(expected), "{formats:?} came in between");
        assert_eq!(read_copied(&mut backend), None, "nor is it read ahead: {formats:?}");
    }
}

#[test]
fn a_write_replaces_only_the_content_that_was_read() {
    let snippet = Snapshot::text("a");
    let completed = Snapshot::text("ab");

    let mut backend = MemoryBackend::holding(snippet.clone());
    assert_eq!(replace(&mut backend, &snippet, &completed), Ok(()), "nothing changed meanwhile");
    assert_eq!(backend.content, Some(completed.clone()), "so the completion is there");

    let changes = [
        MemoryBackend::holding(Snapshot::text("something else")),
        MemoryBackend::holding(Snapshot { html: Some("<i>a</i>".into()), ..snippet.clone() }),
        MemoryBackend::offering(&["image/png"]),
        MemoryBackend::offering(&["UTF8_STRING", "x-kde-passwordManagerHint"]),
        MemoryBackend::offering(&[]),
    ];
    for mut backend in changes {
        let before = backend.content.clone();
        assert_eq!(
            replace(&mut backend, &snippet, &completed),
            Err(Refusal::Changed),
            "{:?}",
            backend.formats
        );
        assert_eq!(backend.content, before, "what came meanwhile stays");
        assert!(backend.written.is_empty(), "not even for a moment is it replaced");
    }
}

#[test]
fn pasting_restores_the_clipboard() {
    let rtf = ("text/rtf".to_owned(), b"{\\rtf1 let x = }".to_vec());
    let mut backend = MemoryBackend { rich: Some(rtf.clone()), ..MemoryBackend::holding(rich()) };
    let mut texts = Vec::new();
    let mut paster = FakePaster::new(|text| {
        texts.push(text.to_owned());
        Ok(())
    });
    assert_eq!(pasted(&mut backend, &mut paster), Ok(()), "all went well");
    assert_eq!(texts, ["1;"], "the completion alone is pasted, once");
    assert_eq!(backend.written, [rich()], "then the old content is back");
    let formats = &backend.given_back[0].0;
    let is_rtf = |format: &FormatContent| (format.name.clone(), format.bytes.clone()) == rtf;
    assert!(
        formats.iter().any(is_rtf),
        "in every format: {formats:?}",
        formats = backend.given_back
    );
}

#[test]
fn a_content_whose_formats_are_too_large_to_be_put_back_is_left_alone() {
    let picture = ("image/bmp".to_owned(), vec![0; MAX_BYTES]);
    let mut backend = MemoryBackend { rich: Some(picture), ..MemoryBackend::holding(rich()) };
    let mut paster = FakePaster::new(|_| panic!("no key may be pressed"));
    let refusal = pasted(&mut backend, &mut paster);
    assert_eq!(refusal, Err(PasteRefusal::Clipboard(Refusal::TooLarge)), "the reason is reported");
    assert!(backend.written.is_empty(), "and nothing was written");
}

#[test]
fn a_completion_that_was_not_fetched_stays_on_the_clipboard() {
    for error in [PasteError::NotFetched, PasteError::Failed("the display is gone".into())] {
        let mut backend = MemoryBackend::holding(rich());
        let mut paster = FakePaster::new(|_| Err(error.clone()));
        let refusal = pasted(&mut backend, &mut paster);
        assert_eq!(refusal, Err(PasteRefusal::NotTaken(error.clone())), "the reason is reported");
        let completion = Snapshot::text("1;");
        assert_eq!(backend.written, [completion], "a window that wakes pastes nothing else");
    }
}

#[test]
fn what_was_copied_during_a_paste_that_failed_stays() {
    let mut backend = MemoryBackend::holding(rich());
    let fake = FakePaster::new(|_| Err(PasteError::NotFetched));
    let mut paster = FakePaster { is_overtaken: true, ..fake };
    let refusal = pasted(&mut backend, &mut paster);
    assert_eq!(refusal, Err(PasteRefusal::Overtaken(PasteError::NotFetched)), "it is reported");
    assert!(backend.written.is_empty(), "the newest copy is the user's");
}

#[test]
fn a_panic_while_pasting_restores_the_clipboard() {
    let mut backend = MemoryBackend::holding(rich());
    let mut paster = FakePaster::new(|_| panic!("the keyboard is on fire"));
    let panicked = catch_unwind(AssertUnwindSafe(|| pasted(&mut backend, &mut paster)));
    assert!(panicked.is_err(), "the panic goes on");
    assert_eq!(backend.written, [rich()], "but the old content is back");
}

#[test]
fn a_clipboard_that_cannot_be_restored_is_reported() {
    let mut backend = MemoryBackend { writes_left: Some(0), ..MemoryBackend::holding(rich()) };
    let mut paster = FakePaster::new(|_| Ok(()));
    let refusal = pasted(&mut backend, &mut paster);
    assert!(matches!(refusal, Err(PasteRefusal::Restore(_))), "undo is the way then: {refusal:?}");
}

#[test]
fn nothing_is_pasted_if_the_clipboard_changed() {
    let mut backend = MemoryBackend::holding(Snapshot::text("other"));
    let mut paster = FakePaster::new(|_| panic!("no key may be pressed"));
    let refusal = pasted(&mut backend, &mut paster);
    assert_eq!(refusal, Err(PasteRefusal::Clipboard(Refusal::Changed)), "the reason is reported");
    assert!(backend.written.is_empty(), "and nothing was written");
}

#[test]
fn content_copied_while_pasting_stays() {
    let mut backend = MemoryBackend::holding(rich());
    let mut paster = FakePaster { is_overtaken: true, ..FakePaster::new(|_| Ok(())) };
    assert_eq!(pasted(&mut backend, &mut paster), Ok(()), "pasting went well");
    assert!(backend.written.is_empty(), "the newest copy is the user's");
}

#[test]
fn nothing_is_written_that_could_not_be_read_back() {
    let snippet = Snapshot::text("x".repeat(MAX_BYTES - 1));
    let completed = Snapshot::text(format!("{}12", snippet.text));
    let mut backend = MemoryBackend::holding(snippet.clone());
    let written = replace(&mut backend, &snippet, &completed);
    assert_eq!(written, Err(Refusal::WouldBeTooLarge), "two bytes more than one was free");
    let mut paster = FakePaster::new(|_| panic!("no key may be pressed"));
    let pasted = paste_into(&mut backend, &mut paster, &snippet, &completed.text);
    assert_eq!(pasted, Err(PasteRefusal::Clipboard(Refusal::WouldBeTooLarge)), "nor pasted");
    assert!(backend.written.is_empty(), "the clipboard was left alone");
}

#[test]
fn white_space_that_was_written_can_be_undone() {
    let (snippet, blank) = (Snapshot::text("if a {"), Snapshot::text("\n    "));
    let mut backend = MemoryBackend::holding(snippet.clone());
    assert_eq!(replace(&mut backend, &snippet, &blank), Ok(()), "a completion may be blank");
    assert_eq!(replace(&mut backend, &blank, &snippet), Ok(()), "and is taken back");
    assert_eq!(backend.content, Some(snippet), "the snippet is there again");
}
