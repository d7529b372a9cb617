//! The contents of the tray menu as values, so that they can be tested without a panel. [`Tray`](super::Tray) draws them.

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;
use pounce_service::{ModelState, RemoteInfo};

use crate::app::state::AppState;
use crate::request::candidate_list::CandidateList;

/// Everything that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrayView {
    /// The icon, and the first line of the menu.
    pub(crate) state: AppState,
    /// Why it is loading or degraded.
    pub(crate) detail: Option<String>,
    /// The hotkeys that are turned on: their keys, and what they do.
    pub(crate) hotkeys: Vec<(String, &'static str)>,
    /// How much "Complete clipboard" completes.
    pub(crate) mode: Mode,
    /// The installed models.
    pub(crate) models: Vec<ModelEntry>,
    /// The pinned model; `None` if the router chooses.
    pub(crate) pinned: Option<String>,
    /// Whether a completion can be put on the clipboard again.
    pub(crate) has_last: bool,
    /// Whether a write can be undone.
    pub(crate) can_undo: bool,
    /// The candidates of the last request.
    pub(crate) candidates: CandidateList,
}

/// A model in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelEntry {
    /// The id that commands take.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// Whether it is in memory.
    pub(crate) state: ModelState,
    /// Where the code goes; `None` for a model of this machine.
    pub(crate) remote: Option<RemoteInfo>,
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Text that cannot be clicked.
    Label(String),
    /// A command.
    Item {
        /// What a click does.
        command: MenuCommand,
        /// The text.
        text: &'static str,
        /// Whether it can be clicked.
        is_enabled: bool,
    },
    /// A command with a mark before it.
    Check {
        /// What a click does.
        command: MenuCommand,
        /// The text.
        text: String,
        /// Whether the mark is shown.
        is_checked: bool,
    },
    /// A menu within the menu.
    Submenu {
        /// The text.
        text: &'static str,
        /// The lines.
        entries: Vec<Entry>,
    },
    /// A line between groups.
    Separator,
}

/// What a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MenuCommand {
    /// Asks the running app for this.
    Do(Verb),
    /// Opens a window.
    Show(Window),
    /// Sets how much is completed from now on.
    SetMode(Mode),
    /// Makes this model answer from now on; `None` lets the router choose.
    Pin(Option<String>),
    /// Ends the app.
    Quit,
}

const MODEL_PREFIX: &str = "model:";
const CANDIDATE_PREFIX: &str = "candidate:";

const COMPLETE: MenuCommand = MenuCommand::Do(Verb::Complete(None));
const TOGGLE_PAUSE: MenuCommand = MenuCommand::Do(Verb::TogglePause);
const NEXT: MenuCommand = MenuCommand::Do(Verb::Next);
const COPY_LAST: MenuCommand = MenuCommand::Do(Verb::CopyLast);
const UNDO: MenuCommand = MenuCommand::Do(Verb::Undo);
const DASHBOARD: MenuCommand = MenuCommand::Show(Window::Dashboard);
const SETTINGS: MenuCommand = MenuCommand::Show(Window::Settings);

/// Every command whose item depends neither on the installed models nor on the last request.
const FIXED: &[MenuCommand] = &[
    COMPLETE,
    MenuCommand::SetMode(Mode::Line),
    MenuCommand::SetMode(Mode::Block),
    MenuCommand::SetMode(Mode::Free),
    MenuCommand::Pin(None),
    TOGGLE_PAUSE,
    DASHBOARD,
    SETTINGS,
    NEXT,
    COPY_LAST,
    UNDO,
    MenuCommand::Quit,
];

impl MenuCommand {
    /// The id of the menu's item, which its events carry.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Pin(Some(id)) => format!("{MODEL_PREFIX}{id}"),
            Self::Do(Verb::Choose(at)) => format!("{CANDIDATE_PREFIX}{at}"),
            fixed => format!("{fixed:?}"),
        }
    }

    /// The command with this id; `None` for an id of no command, such as a label's.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        if let Some(model) = id.strip_prefix(MODEL_PREFIX) {
            return Some(Self::Pin(Some(model.to_owned())));
        }
        if let Some(at) = id.strip_prefix(CANDIDATE_PREFIX) {
            return at.parse().ok().map(|at| Self::Do(Verb::Choose(at)));
        }
        FIXED.iter().find(|command| command.id() == id).cloned()
    }
}

/// The lines of the menu. They do not depend on whether a request is being worked on, so no request redraws them before it
/// ends.
pub(crate) fn entries(view: &TrayView) -> Vec<Entry> {
    let item = |command, text, is_enabled| Entry::Item { command, text, is_enabled };
    let labels = [status_line(view)].into_iter().chain(hotkey_lines(view)).map(Entry::Label);
    let commands = vec![
        Entry::Separator,
        item(COMPLETE, "Complete clipboard", view.state != AppState::Paused),
        Entry::Submenu { text: "Mode", entries: modes(view) },
        Entry::Submenu { text: "Model", entries: models(view) },
        Entry::Check {
            command: TOGGLE_PAUSE,
            text: "Pause".into(),
            is_checked: view.state == AppState::Paused,
        },
        Entry::Separator,
        item(DASHBOARD, "Dashboard", true),
        item(SETTINGS, "Settings", true),
        Entry::Separator,
        item(NEXT, "Next completion", !view.candidates.lines.is_empty()),
        Entry::Submenu { text: "Completions", entries: candidates(view) },
        item(COPY_LAST, "Copy last completion", view.has_last),
        item(UNDO, "Undo last replacement", view.can_undo),
        Entry::Separator,
        item(MenuCommand::Quit, "Quit", true),
    ];
    labels.chain(commands).collect()
}

/// The tray's tooltip: the menu's first lines.
pub(crate) fn tooltip(view: &TrayView) -> String {
    [status_line(view)].into_iter().chain(hotkey_lines(view)).collect::<Vec<_>>().join("\n")
}

fn hotkey_lines(view: &TrayView) -> impl Iterator<Item = String> {
    view.hotkeys.iter().map(|(keys, what)| format!("{keys}: {what}"))
}

/// The state of the app in one line.
fn status_line(view: &TrayView) -> String {
    let state = match view.state {
        AppState::Loading => "loading",
        AppState::Ready | AppState::Working => "ready",
        AppState::Degraded => "needs attention",
        AppState::Paused => "paused",
    };
    match &view.detail {
        Some(detail) if view.state == AppState::Loading => format!("Pounce: {detail}"),
        Some(detail) => format!("Pounce: {state}, {detail}"),
        None => format!("Pounce: {state}"),
    }
}

fn modes(view: &TrayView) -> Vec<Entry> {
    let check = |mode, text: &str| Entry::Check {
        command: MenuCommand::SetMode(mode),
        text: text.into(),
        is_checked: view.mode == mode,
    };
    vec![
        check(Mode::Line, "To the end of the line"),
        check(Mode::Block, "To the end of the block"),
        check(Mode::Free, "Until the model ends it"),
    ]
}

fn models(view: &TrayView) -> Vec<Entry> {
    if view.models.is_empty() {
        return vec![Entry::Label("No model is installed".into())];
    }
    let automatic = Entry::Check {
        command: MenuCommand::Pin(None),
        text: "Automatic".into(),
        is_checked: view.pinned.is_none(),
    };
    let model = |entry: &ModelEntry| Entry::Check {
        command: MenuCommand::Pin(Some(entry.id.clone())),
        text: format!("{} ({})", entry.name, note(entry)),
        is_checked: view.pinned.as_ref() == Some(&entry.id),
    };
    [automatic, Entry::Separator].into_iter().chain(view.models.iter().map(model)).collect()
}

fn candidates(view: &TrayView) -> Vec<Entry> {
    let CandidateList { lines, shown } = &view.candidates;
    if lines.is_empty() {
        return vec![Entry::Label("Nothing was completed yet".into())];
    }
    let texts = lines.iter().map(String::as_str).chain(["The snippet as it was"]);
    let check = |(at, text): (usize, &str)| Entry::Check {
        command: MenuCommand::Do(Verb::Choose(at)),
        text: text.to_owned(),
        is_checked: at == *shown,
    };
    texts.enumerate().map(check).collect()
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
mod tests {
    use super::*;

    fn entry(id: &str, name: &str, state: ModelState) -> ModelEntry {
        ModelEntry { id: id.into(), name: name.into(), state, remote: None }
    }

    fn view() -> TrayView {
        TrayView {
            state: AppState::Ready,
            detail: None,
            hotkeys: vec![("Ctrl+Alt+Space".into(), "complete the clipboard")],
            mode: Mode::Line,
            models: vec![
                entry("small", "Small", ModelState::Warm),
                entry("large", "Large", ModelState::Absent),
            ],
            pinned: None,
            has_last: false,
            can_undo: false,
            candidates: CandidateList::default(),
        }
    }

    fn flatten(entries: Vec<Entry>) -> Vec<Entry> {
        let nested = |entry| match entry {
            Entry::Submenu { entries, .. } => flatten(entries),
            other => vec![other],
        };
        entries.into_iter().flat_map(nested).collect()
    }

    fn checked(view: &TrayView) -> Vec<String> {
        let is_checked = |entry| match entry {
            Entry::Check { text, is_checked: true, .. } => Some(text),
            _ => None,
        };
        flatten(entries(view)).into_iter().filter_map(is_checked).collect()
    }

    fn enabled(view: &TrayView) -> Vec<&'static str> {
        let is_enabled = |entry| match entry {
            Entry::Item { text, is_enabled: true, .. } => Some(text),
            _ => None,
        };
        flatten(entries(view)).into_iter().filter_map(is_enabled).collect()
    }

    #[test]
    fn marks_show_the_settings_in_force() {
        assert_eq!(checked(&view()), ["To the end of the line", "Automatic"], "the defaults");
        let pinned = TrayView { pinned: Some("large".into()), mode: Mode::Block, ..view() };
        assert_eq!(
            checked(&pinned),
            ["To the end of the block", "Large (not loaded)"],
            "a pinned model with its state"
        );
        let paused = TrayView { state: AppState::Paused, ..view() };
        assert!(checked(&paused).contains(&"Pause".to_owned()), "paused");
    }

    #[test]
    fn a_remote_engine_says_where_the_code_goes() {
        let check = |host: &str, leaves_machine, text: &str| {
            let url = format!("http://{host}");
            let remote = Some(RemoteInfo { url, host: host.into(), leaves_machine });
            let entry = ModelEntry { remote, ..entry("far", "Far", ModelState::Warm) };
            let view = TrayView { pinned: Some("far".into()), models: vec![entry], ..view() };
            assert_eq!(checked(&view)[1], text, "marked where it is chosen");
        };
        check("gpu.example.org", true, "Far (leaves this machine: gpu.example.org)");
        check("127.0.0.1", false, "Far (server at 127.0.0.1)");
    }

    #[test]
    fn the_candidates_of_the_last_request_can_be_chosen() {
        let lines = vec!["a + b".to_owned(), "a".to_owned()];
        let check = |shown: usize, expected: &str| {
            let candidates = CandidateList { lines: lines.clone(), shown };
            let view = TrayView { candidates, ..view() };
            assert_eq!(checked(&view)[2], expected, "the one on the clipboard is marked");
            assert!(enabled(&view).contains(&"Next completion"), "and there is a next one");
        };
        check(1, "a");
        check(2, "The snippet as it was");
    }

    #[test]
    fn unavailable_commands_cannot_be_clicked() {
        let always = ["Complete clipboard", "Dashboard", "Settings", "Quit"];
        assert_eq!(enabled(&view()), always, "nothing was completed yet");
        let after = TrayView { has_last: true, can_undo: true, ..view() };
        assert_eq!(enabled(&after).len(), always.len() + 2, "then it can be copied and undone");
        let paused = TrayView { state: AppState::Paused, ..view() };
        assert!(!enabled(&paused).contains(&"Complete clipboard"), "paused is paused");
        let empty = TrayView { models: Vec::new(), ..view() };
        let labels = flatten(entries(&empty));
        assert!(
            labels.contains(&Entry::Label("No model is installed".into())),
            "an empty menu would say nothing"
        );
    }

    #[test]
    fn every_command_is_known_by_its_id() {
        let mut commands = Vec::new();
        let candidates = CandidateList::new(&["a + b".into(), "a".into()], 0);
        for entry in flatten(entries(&TrayView { candidates, ..view() })) {
            if let Entry::Item { command, .. } | Entry::Check { command, .. } = entry {
                assert_eq!(
                    MenuCommand::from_id(&command.id()),
                    Some(command.clone()),
                    "a click comes back as {command:?}"
                );
                commands.push(command.id());
            }
        }
        let n_commands = commands.len();
        commands.sort();
        commands.dedup();
        assert_eq!(commands.len(), n_commands, "no two commands share an id");
        assert_eq!(MenuCommand::from_id("something"), None, "other ids are no commands");
    }

    #[test]
    fn a_request_does_not_redraw_the_menu() {
        let working = TrayView { state: AppState::Working, ..view() };
        assert_eq!(
            entries(&working),
            entries(&view()),
            "only the icon changes while a request runs"
        );
    }

    #[test]
    fn the_hotkeys_stand_below_the_state() {
        let expected = "Pounce: ready\nCtrl+Alt+Space: complete the clipboard";
        assert_eq!(tooltip(&view()), expected, "in the tooltip");
        let line = "Ctrl+Alt+Space: complete the clipboard".to_owned();
        assert_eq!(entries(&view())[1], Entry::Label(line), "and in the menu");
    }

    #[test]
    fn the_first_line_says_why() {
        let view = TrayView {
            state: AppState::Degraded,
            detail: Some("no model is installed".into()),
            ..view()
        };
        assert_eq!(
            status_line(&view),
            "Pounce: needs attention, no model is installed",
            "the reason beside the state"
        );
    }
}
