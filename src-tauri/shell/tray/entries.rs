//! The lines of the tray menu as values, so that they can be tested without a panel. [`Menu`](super::menu::Menu) draws
//! them.
//!
//! Each line keeps its place: one that has nothing to say is an empty label, and lists whose length changes come last in
//! their submenu. So a change moves no other line.

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;
use pounce_service::{ModelState, RemoteInfo};

use super::command::MenuCommand;
use super::entry::{Entry, Shape};
use super::summary::{hotkey_lines, status_line};
use super::view::{ModelEntry, TrayView};
use crate::app::state::AppState;
use crate::hotkeys::hotkey::HOTKEYS;
use crate::request::candidate_list::CandidateList;

/// The lines of the menu. They do not depend on whether a request is being worked on, so no request redraws them before it
/// ends.
pub(crate) fn entries(view: &TrayView) -> Vec<Entry> {
    let command = |verb, text| Entry::item(MenuCommand::Do(verb), text);
    let window = |window, text| Entry::item(MenuCommand::Show(window), text);
    let is_paused = view.state == AppState::Paused;
    let commands = vec![
        Entry::Separator,
        command(Verb::Complete(None), "Complete clipboard").enabled_if(!is_paused),
        Entry::Submenu { text: "Mode", entries: modes(view) },
        Entry::Submenu { text: "Model", entries: models(view) },
        Entry::Mark {
            command: MenuCommand::Do(Verb::TogglePause),
            text: "Pause".into(),
            shape: Shape::Tick,
            is_marked: is_paused,
        },
        Entry::Separator,
        window(Window::Dashboard, "Dashboard"),
        window(Window::Settings, "Settings"),
        Entry::Separator,
        command(Verb::Next, "Next completion").enabled_if(!view.candidates.lines.is_empty()),
        Entry::Submenu { text: "Completions", entries: candidates(&view.candidates) },
        command(Verb::CopyLast, "Copy last completion").enabled_if(view.has_last),
        command(Verb::Undo, "Undo last replacement").enabled_if(view.can_undo),
        Entry::Separator,
        Entry::item(MenuCommand::Quit, "Quit"),
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
        choice(Mode::Line, "To the end of the line"),
        choice(Mode::Block, "To the end of the block"),
        choice(Mode::Free, "Until the model ends it"),
    ]
}

fn models(view: &TrayView) -> Vec<Entry> {
    let automatic = Entry::choice(MenuCommand::Pin(None), "Automatic", view.pinned.is_none());
    let model = |entry: &ModelEntry| {
        let is_pinned = view.pinned.as_ref() == Some(&entry.id);
        let text = format!("{} ({})", entry.name, note(entry));
        Entry::choice(MenuCommand::Pin(Some(entry.id.clone())), text, is_pinned)
    };
    let choices = [automatic, Entry::Separator].into_iter().chain(view.models.iter().map(model));
    list("No model is installed", choices.filter(|_| !view.models.is_empty()))
}

fn candidates(CandidateList { lines, shown }: &CandidateList) -> Vec<Entry> {
    let texts = lines.iter().map(String::as_str).chain(["The snippet as it was"]);
    let choice = |(at, text): (usize, &str)| {
        Entry::choice(MenuCommand::Do(Verb::Choose(at)), text, at == *shown)
    };
    list("Nothing was completed yet", texts.enumerate().map(choice).filter(|_| !lines.is_empty()))
}

/// A list that says so if it is empty.
fn list(empty: &str, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let mut entries = entries.peekable();
    let empty = if entries.peek().is_none() { empty } else { "" };
    [Entry::Label(empty.to_owned())].into_iter().chain(entries).collect()
}

/// The text beside a model's name: its state, or where the code goes.
fn note(entry: &ModelEntry) -> String {
    match &entry.remote {
        Some(RemoteInfo { host, leaves_machine: true, .. }) => {
            format!("leaves this machine: {host}")
        }
        Some(RemoteInfo { host, .. }) => format!("server at {host}"),
        None => state_name(&entry.state).to_owned(),
    }
}

fn state_name(state: &ModelState) -> &'static str {
    match state {
        ModelState::Absent => "not loaded",
        ModelState::Queued => "waiting to load",
        ModelState::Loading => "loading",
        ModelState::Warm => "ready",
        ModelState::Failed { .. } => "failed",
    }
}

#[cfg(test)]
mod tests;
