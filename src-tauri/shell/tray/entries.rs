//! The lines of the tray menu as values, so that they can be tested without a panel.
//!
//! Each line keeps its place and its kind: one that has nothing to say has no text, and a list has hidden lines for what
//! may still come. So a line keeps its id in the panel: one that reads a menu while its lines get new ids may crash
//! (xfce4-panel 4.18 does), and some take no other kind for an id.

use std::sync::Arc;

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;
use pounce_service::{ModelState, RemoteInfo};

use super::command::MenuCommand;
use super::entry::Entry;
use super::summary::{hotkey_lines, status_line};
use super::view::{ModelEntry, TrayView};
use crate::app::state::AppState;
use crate::hotkeys::hotkey::HOTKEYS;
use crate::request::completions::candidate_list::CandidateList;
use crate::request::completions::completed::Completed;
use crate::request::completions::history::N_KEPT;
use crate::request::completions::one_line::one_line;
use crate::ui_language::UiLanguage;

/// The candidates of a request, and the snippet.
const N_CANDIDATES: usize = 4;

/// More models than most people have: beyond these, the menu gets new ids when one is installed or removed.
const N_MODELS: usize = 16;

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
        Entry::tick(MenuCommand::Do(Verb::TogglePause), language.tray_pause(), is_paused),
        Entry::tick(MenuCommand::SetServing(!view.serves), language.tray_serve(), view.serves),
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
    let hidden = Entry::choice(MenuCommand::Pin(None), "", false);
    let list = List { empty: language.tray_no_model(), hidden, n_lines: N_MODELS };
    [automatic, Entry::Separator]
        .into_iter()
        .chain(list.of(view.models.iter().map(model)))
        .collect()
}

fn candidates(view: &TrayView) -> Vec<Entry> {
    let (language, CandidateList { lines, shown }) = (view.language, &view.candidates);
    let texts = lines.iter().map(String::as_str).chain([language.tray_snippet()]);
    let choice = |(at, text): (usize, &str)| {
        Entry::choice(MenuCommand::Do(Verb::Choose(at)), text, at == *shown)
    };
    let hidden = Entry::choice(MenuCommand::Do(Verb::Next), "", false);
    let list = List { empty: language.tray_no_completion(), hidden, n_lines: N_CANDIDATES };
    list.of(texts.enumerate().map(choice).filter(|_| !lines.is_empty()))
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
    let hidden = Entry::Label(String::new());
    let list = List { empty: language.tray_no_completion(), hidden, n_lines: N_KEPT };
    commands.into_iter().chain(list.of(view.history.iter().map(copy))).collect()
}

/// A list whose length changes.
struct List<'a> {
    /// What it says if it is empty.
    empty: &'a str,
    /// A line that is not shown, in place of each that may still come.
    hidden: Entry,
    /// How many lines it has room for.
    n_lines: usize,
}

impl List<'_> {
    fn of(self, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
        let mut entries: Vec<_> = entries.collect();
        let empty = if entries.is_empty() { self.empty } else { "" };
        entries.resize(entries.len().max(self.n_lines), self.hidden);
        entries.insert(0, Entry::Label(empty.to_owned()));
        entries
    }
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
