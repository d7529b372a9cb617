//! Makes of the lines of the tray menu what `ksni` tells the panel.

use std::sync::Arc;

use ksni::MenuItem;
use ksni::menu::{CheckmarkItem, RadioGroup, RadioItem, StandardItem, SubMenu};

use super::command::MenuCommand;
use super::entry::{Entry, Shape};

/// Takes the command of a click. It must not wait, for no click is answered meanwhile.
pub(super) type OnCommand = Arc<dyn Fn(MenuCommand) + Send + Sync>;

/// The lines of a menu whose clicks `on_command` takes.
pub(super) fn items<T>(entries: Vec<Entry>, on_command: &OnCommand) -> Vec<MenuItem<T>> {
    entries.into_iter().map(|entry| item(entry, on_command)).collect()
}

fn item<T>(entry: Entry, on_command: &OnCommand) -> MenuItem<T> {
    let label = entry.text().map(without_access_keys).unwrap_or_default();
    let (visible, enabled) = (!label.is_empty(), entry.is_enabled());
    let click = click(entry.command(), on_command);
    match entry {
        Entry::Label(_) | Entry::Item { .. } => {
            let activate = Box::new(move |_: &mut T| click());
            StandardItem { label, visible, enabled, activate, ..Default::default() }.into()
        }
        Entry::Mark { shape: Shape::Tick, is_marked: checked, .. } => {
            let activate = Box::new(move |_: &mut T| click());
            CheckmarkItem { label, visible, enabled, checked, activate, ..Default::default() }
                .into()
        }
        // A group for each line, so that lines of several groups may stand between others.
        Entry::Mark { shape: Shape::Dot, is_marked, .. } => {
            let options = vec![RadioItem { label, visible, enabled, ..Default::default() }];
            let selected = if is_marked { 0 } else { usize::MAX };
            RadioGroup { selected, select: Box::new(move |_: &mut T, _| click()), options }.into()
        }
        Entry::Submenu { entries, .. } => {
            let submenu = items(entries, on_command);
            SubMenu { label, submenu, ..Default::default() }.into()
        }
        Entry::Separator => MenuItem::Separator,
    }
}

/// Passes `command` on; for a line without one, does nothing.
fn click(command: Option<&MenuCommand>, on_command: &OnCommand) -> impl Fn() + Send + use<> {
    let (command, on_command) = (command.cloned(), on_command.clone());
    move || {
        if let Some(command) = command.clone() {
            on_command(command);
        }
    }
}

/// A panel takes an underscore for the mark of an access key, and two for one underscore.
fn without_access_keys(text: &str) -> String {
    text.replace('_', "__")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use pounce_engine::Mode;

    use super::*;

    /// The item of `entry`, and what a click on it asks for.
    fn drawn(entry: Entry) -> (MenuItem<()>, Vec<MenuCommand>) {
        let commands = Arc::<Mutex<Vec<_>>>::default();
        let taken = commands.clone();
        let item = item(entry, &(Arc::new(move |it| taken.lock().unwrap().push(it)) as OnCommand));
        match &item {
            MenuItem::Standard(item) => (item.activate)(&mut ()),
            MenuItem::Checkmark(item) => (item.activate)(&mut ()),
            MenuItem::RadioGroup(group) => (group.select)(&mut (), 0),
            MenuItem::SubMenu(_) | MenuItem::Separator => {}
        }
        let commands = commands.lock().unwrap().clone();
        (item, commands)
    }

    #[test]
    fn a_click_asks_for_the_command_of_its_line() {
        let command = MenuCommand::SetMode(Mode::Block);
        let entries = [
            Entry::item(command.clone(), "To the end"),
            Entry::choice(command.clone(), "To the end", true),
        ];
        for entry in entries {
            assert_eq!(drawn(entry).1, std::slice::from_ref(&command));
        }
        assert_eq!(drawn(Entry::Label("ready".into())).1, [], "a label does nothing");
    }

    #[test]
    fn a_mark_is_drawn_as_the_state_is() {
        for is_marked in [true, false] {
            let (item, _) = drawn(Entry::choice(MenuCommand::Quit, "Line", is_marked));
            let MenuItem::RadioGroup(group) = item else { panic!("one of several: {item:?}") };
            assert_eq!(group.selected == 0, is_marked, "the only line of its group");
        }
    }

    #[test]
    fn a_line_without_text_is_hidden_and_an_underscore_stays() {
        let label = |text: &str| match drawn(Entry::Label(text.into())).0 {
            MenuItem::Standard(item) => (item.label, item.visible, item.enabled),
            other => panic!("a label is a line: {other:?}"),
        };
        assert_eq!(label(""), (String::new(), false, false));
        assert_eq!(label("my_model"), ("my__model".into(), true, false), "no access key");
    }
}
