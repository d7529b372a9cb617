//! Series by themselves: what each press shows, and what undo would give back.

use super::*;
use crate::request::cursor_markers::CursorMarkers;
use crate::request::test_doubles::answer;
use crate::ui_language::UiLanguage;

const SNIPPET: &str = "let x = ";
const LINE: Verb = Verb::Complete(Some(Mode::Line));

fn completion(texts: &[&str]) -> Completion {
    let other = |text: &&str| Alternative { text: (*text).to_owned(), confidence: None };
    let alternatives = texts[1..].iter().map(other).collect();
    Completion { alternatives, ..answer(texts[0], Vec::new()) }
}

/// A text that was read from the clipboard.
fn copied(text: &str) -> SnippetRead {
    let clipboard = Snapshot::text(text);
    let (snippet, selection) = (clipboard.clone(), Selection::Clipboard);
    SnippetRead { snippet, language: None, selection, clipboard }
}

/// A series as after a request with this behaviour, and what the clipboard holds then.
fn series(texts: &[&str], behaviour: ClipboardBehaviour) -> (Series, Snapshot) {
    let snippet = Arc::new(CopiedSnippet::new(SNIPPET, &CursorMarkers::default(), None));
    let held = match behaviour {
        ClipboardBehaviour::Paste => Snapshot::text(SNIPPET),
        _ => Snapshot::text(snippet.compose(texts[0], behaviour)),
    };
    let read = copied(SNIPPET);
    let origin = Origin { id: 1, snippet, read, mode: Mode::Line, behaviour };
    (Series::new(origin, &completion(texts)).holding(held.clone()), held)
}

/// Presses until the snippet as it was is shown and once more, and returns what the clipboard held after each.
fn shown(texts: &[&str], behaviour: ClipboardBehaviour) -> Vec<String> {
    let (mut series, mut clipboard) = series(texts, behaviour);
    let press = |_| {
        assert!(series.is_on(&clipboard), "the press is for this series");
        let written = series.show(series.next().expect("there is more"), clipboard.clone());
        assert_eq!(written.before.text, SNIPPET, "undo always gives the user's own text back");
        clipboard = written.after;
        clipboard.text.clone()
    };
    (0..=texts.len()).map(press).collect()
}

#[test]
fn presses_go_through_the_candidates_to_the_snippet_and_around() {
    use ClipboardBehaviour::{Append, Paste, Replace};
    let three = ["1;", "2;", "3;"];
    let bare = ["2;", "3;", SNIPPET, "1;"];
    assert_eq!(shown(&three, Append), ["let x = 2;", "let x = 3;", SNIPPET, "let x = 1;"]);
    assert_eq!(shown(&three, Replace), bare, "without the snippet");
    assert_eq!(shown(&three, Paste), bare, "the first was pasted, the others are copied");
    assert_eq!(shown(&three[..2], Append), ["let x = 2;", SNIPPET, "let x = 1;"], "of two");
}

#[test]
fn the_position_is_what_the_user_is_told() {
    let (mut series, _) = series(&["1;", "2;"], ClipboardBehaviour::Append);
    let mut at = |i| {
        series.show(i, Snapshot::default());
        (
            series.position(),
            series.completed().map(|it| it.text).unwrap_or_default(),
            series.list(UiLanguage::En).shown,
        )
    };
    assert_eq!(at(1), (Position::Candidate { number: 2, of: 2 }, "2;".to_owned(), 1));
    assert_eq!(at(2), (Position::Snippet, String::new(), 2));
}

#[test]
fn others_are_searched_for_only_if_none_were_found_on_the_way() {
    let (two, _) = series(&["1;", "2;"], ClipboardBehaviour::Append);
    assert!(!two.needs_search(), "there is one");
    let (mut one, _) = series(&["1;"], ClipboardBehaviour::Append);
    assert!(one.needs_search() && one.search().wants_alternatives, "there is none");
    assert_eq!(one.search().segments.prefix, SNIPPET, "for the same snippet");
    one.found(&answer("", Vec::new()));
    assert!(one.needs_search(), "a model that was not ready is asked again");
    one.found(&completion(&["2;", "1;", "3;"]));
    assert_eq!(
        one.list(UiLanguage::En).lines,
        ["1;", "2;", "3;"],
        "what was shown stays the first"
    );
    assert!(!one.needs_search(), "once is enough");
}

#[test]
fn a_single_candidate_has_no_next() {
    let (mut one, _) = series(&["1;"], ClipboardBehaviour::Append);
    one.found(&completion(&["1;"]));
    assert!(!one.needs_search(), "nothing else was found");
    assert_eq!(one.next(), None, "the clipboard is left alone");
    one.show(1, Snapshot::default());
    assert_eq!(one.next(), Some(0), "but the snippet, chosen in the menu, has one");
}

#[test]
fn a_press_goes_on_only_where_the_clipboard_holds_what_was_written() {
    let (series, held) = series(&["1;", "2;"], ClipboardBehaviour::Append);
    let (held, copied) = (copied(&held.text), copied("something new"));
    let check = |verb, has_series: bool, read: &SnippetRead, expected: &str| {
        let turn = turn(verb, has_series.then(|| series.clone()), read);
        let shown = format!("{turn:?}");
        assert!(shown.starts_with(expected), "{verb:?}: {shown} instead of {expected}");
    };
    check(LINE, true, &held, "Ok(Next(");
    check(LINE, true, &copied, "Ok(New");
    check(LINE, false, &held, "Ok(New");
    let selected = |text: &str| {
        let snippet = Snapshot::text(text);
        SnippetRead { snippet, selection: Selection::Primary, ..held.clone() }
    };
    check(LINE, true, &selected(SNIPPET), "Ok(Next(");
    check(LINE, true, &selected("something selected"), "Ok(New");
    check(Verb::Next, true, &held, "Ok(Next(");
    check(Verb::Next, true, &copied, "Err(Changed");
    check(Verb::Next, false, &held, "Ok(Nothing");
    check(Verb::Choose(2), true, &copied, "Ok(Choose(");
    check(Verb::Choose(3), true, &held, "Ok(Nothing");
    check(Verb::Choose(0), false, &held, "Ok(Nothing");
}

#[test]
fn another_mode_is_another_request() {
    let (series, _) = series(&["1;"], ClipboardBehaviour::Append);
    assert!(series.is_meant(LINE, Mode::Line), "the same hotkey again");
    assert!(!series.is_meant(Verb::Complete(None), Mode::Block), "another one");
    assert!(series.is_meant(Verb::Next, Mode::Block), "whatever the usual mode is");
}

#[test]
fn what_a_chosen_candidate_replaces_is_what_undo_gives_back() {
    let (mut series, _) = series(&["1;", "2;"], ClipboardBehaviour::Append);
    let copied = Snapshot::text("something new");
    let chosen = series.show(1, copied.clone());
    assert_eq!((&chosen.before, &*chosen.after.text), (&copied, "let x = 2;"));
    let next = series.show(2, chosen.after);
    assert_eq!((&next.before, &*next.after.text), (&copied, SNIPPET), "for the rest of the series");
}

#[test]
fn a_selection_ends_as_the_snippet_and_undo_gives_the_clipboard_back() {
    let (Series { mut origin, .. }, held) = series(&["1;"], ClipboardBehaviour::Append);
    origin.read = SnippetRead {
        selection: Selection::Primary,
        clipboard: Snapshot::text("copied before"),
        ..origin.read
    };
    let mut series = Series::new(origin, &completion(&["1;", "2;"])).holding(held.clone());
    let last = series.show(2, held);
    assert_eq!(&*last.after.text, SNIPPET, "the selected text as it was");
    assert_eq!(&*last.before.text, "copied before", "what the selection's completion replaced");
}

#[test]
fn a_series_never_shows_its_text() {
    let (series, _) = series(&["1;"], ClipboardBehaviour::Append);
    assert_eq!(format!("{series:?}"), "Series(Candidate { number: 1, of: 1 })", "numbers only");
}
