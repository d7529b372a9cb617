//! The lines of the tray menu as values, so that they can be tested without a panel. [`Menu`](super::menu::Menu) draws
//! them.
//!
//! Each line keeps its place: one that has nothing to say is an empty label, and lists whose length changes come last in
//! their submenu. So a change moves no other line.

use std::sync::Arc;

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;
use pounce_service::{ModelState, RemoteInfo};

use super::command::MenuCommand;
use super::entry::{Entry, Shape};
use super::summary::{hotkey_lines, status_line};
use super::view::{ModelEntry, TrayView};
use crate::app::state::AppState;
use crate::hotkeys::hotkey::HOTKEYS;
use crate::request::completions::candidate_list::CandidateList;
use crate::request::completions::completed::Completed;
use crate::request::completions::one_line::one_line;
use crate::ui_language::UiLanguage;

/// The lines of the menu. They do not depend on whether a request is being worked on, so no request redraws them before it
/// ends.
pub(crate) fn entries(view: &TrayView) -> Vec<Entry> {
    let command = |verb, text| Entry::item(MenuCommand::Do(verb), text);
    let window = |window, text| Entry::item(MenuCommand::Show(window), text);
    let language = view.language;
    let is_paused = view.state == AppState::Paused;
    let commands = vec![
        Entry::Separator,
        command(Verb::Complete(None), language.tray_complete()).enabled_if(!is_paused),
        Entry::Submenu { text: language.tray_mode(), entries: modes(view) },
        Entry::Submenu { text: language.tray_model(), entries: models(view) },
        Entry::Mark {
            command: MenuCommand::Do(Verb::TogglePause),
            text: language.tray_pause().into(),
            shape: Shape::Tick,
            is_marked: is_paused,
        },
        Entry::Separator,
        window(Window::Dashboard, language.tray_dashboard()),
        window(Window::Settings, language.tray_settings()),
        window(Window::About, language.tray_about()),
        Entry::Separator,
        command(Verb::Next, language.tray_next()).enabled_if(!view.candidates.lines.is_empty()),
        Entry::Submenu { text: language.tray_completions(), entries: candidates(view) },
        Entry::Submenu { text: language.tray_copy_again(), entries: history(view) },
        command(Verb::Undo, language.tray_undo()).enabled_if(view.can_undo),
        Entry::Separator,
        Entry::item(MenuCommand::Quit, language.tray_quit()),
    ];
    labels(view).into_iter().map(Entry::Label).chain(commands).collect()
}

/// The state, and a line for each hotkey, empty for one that does not work.
fn labels(view: &TrayView) -> Vec<String> {
    let mut labels: Vec<_> = [status_line(view)].into_iter().chain(hotkey_lines(view)).collect();
    labels.resize(1 + HOTKEYS.len(), String::new());
    labels
}

fn modes(view: &TrayView) -> Vec<Entry> {
    let choice =
        |mode, text: &str| Entry::choice(MenuCommand::SetMode(mode), text, view.mode == mode);
    vec![
        choice(Mode::Line, view.language.tray_to_line()),
        choice(Mode::Block, view.language.tray_to_block()),
        choice(Mode::Free, view.language.tray_unbounded()),
    ]
}

fn models(view: &TrayView) -> Vec<Entry> {
    let language = view.language;
    let automatic =
        Entry::choice(MenuCommand::Pin(None), language.tray_automatic(), view.pinned.is_none());
    let model = |entry: &ModelEntry| {
        let is_pinned = view.pinned.as_ref() == Some(&entry.id);
        let text = format!("{} ({})", entry.name, note(language, entry));
        Entry::choice(MenuCommand::Pin(Some(entry.id.clone())), text, is_pinned)
    };
    let choices = [automatic, Entry::Separator].into_iter().chain(view.models.iter().map(model));
    list(language.tray_no_model(), choices.filter(|_| !view.models.is_empty()))
}

fn candidates(view: &TrayView) -> Vec<Entry> {
    let (language, CandidateList { lines, shown }) = (view.language, &view.candidates);
    let texts = lines.iter().map(String::as_str).chain([language.tray_snippet()]);
    let choice = |(at, text): (usize, &str)| {
        Entry::choice(MenuCommand::Do(Verb::Choose(at)), text, at == *shown)
    };
    list(language.tray_no_completion(), texts.enumerate().map(choice).filter(|_| !lines.is_empty()))
}

fn history(view: &TrayView) -> Vec<Entry> {
    let (language, any) = (view.language, !view.history.is_empty());
    let copy = |it: &Arc<Completed>| {
        Entry::item(MenuCommand::Do(Verb::Copy(Some(it.id))), one_line(&it.code()))
    };
    let commands = [
        Entry::item(MenuCommand::Show(Window::History), language.tray_show_all()),
        Entry::item(MenuCommand::Do(Verb::Forget), language.tray_forget_all()).enabled_if(any),
        Entry::Separator,
    ];
    let copies = list(language.tray_no_completion(), view.history.iter().map(copy));
    commands.into_iter().chain(copies).collect()
}

/// A list that says so if it is empty.
fn list(empty: &str, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let mut entries = entries.peekable();
    let empty = if entries.peek().is_none() { empty } else { "" };
    [Entry::Label(empty.to_owned())].into_iter().chain(entries).collect()
}

/// The text beside a model's name: its state, or where the code goes.
fn note(language: UiLanguage, entry: &ModelEntry) -> String {
    match &entry.remote {
        Some(RemoteInfo { host, leaves_machine: true, .. }) => language.tray_leaves(host),
        Some(RemoteInfo { host, .. }) => language.tray_server(host),
        None => state_name(language, &entry.state).to_owned(),
    }
}

fn state_name(language: UiLanguage, state: &ModelState) -> &'static str {
    match state {
        ModelState::Absent => language.tray_model_state_absent(),
        ModelState::Queued => language.tray_model_state_queued(),
        ModelState::Loading => language.tray_model_state_loading(),
        ModelState::Warm => language.tray_model_state_warm(),
        ModelState::Failed { .. } => language.tray_model_state_failed(),
    }
}

#[cfg(test)]
mod tests;
