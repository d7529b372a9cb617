//! [`Menu`]: draws the lines of the tray menu with GTK, from which the indicator's library makes what the panel shows.
//!
//! A line that changes keeps its widget, and so its id in the panel: a panel that reads a menu while its lines are made
//! again with new ids may crash (xfce4-panel 4.18 does). `tauri`'s menu has no radio marks, and hides no line.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{CheckMenuItem, MenuItem, SeparatorMenuItem};

use super::command::MenuCommand;
use super::entry::{Entry, Shape};

/// Takes the command of a click, on the main thread.
pub(super) type OnCommand = Rc<dyn Fn(MenuCommand)>;

/// What a click on a line does now; `None` for a label.
type Command = Rc<RefCell<Option<MenuCommand>>>;

/// A menu. Only the main thread may use it.
pub(super) struct Menu {
    pub(super) widget: gtk::Menu,
    lines: Vec<Line>,
    on_command: OnCommand,
}

/// A line of the menu.
enum Line {
    /// A label or an item.
    Item {
        widget: MenuItem,
        command: Rc<RefCell<Option<MenuCommand>>>,
    },
    /// A line with a mark; `state` is whether it was drawn with it.
    Mark {
        widget: CheckMenuItem,
        shape: Shape,
        command: Command,
        state: Rc<Cell<bool>>,
    },
    Submenu {
        widget: MenuItem,
        menu: Menu,
    },
    Separator {
        widget: SeparatorMenuItem,
    },
}

impl Menu {
    /// An empty menu.
    pub(super) fn new(on_command: OnCommand) -> Self {
        Self { widget: gtk::Menu::new(), lines: Vec::new(), on_command }
    }

    /// Draws `entries`, which take the widgets of the lines at their places. Further lines are hidden.
    pub(super) fn draw(&mut self, entries: &[Entry]) {
        for (place, entry) in entries.iter().enumerate() {
            if !self.lines.get(place).is_some_and(|line| line.can_draw(entry)) {
                self.replace(place, entry);
            }
            self.lines[place].draw(entry);
        }
        for line in &self.lines[entries.len()..] {
            line.widget().hide();
        }
    }

    fn replace(&mut self, place: usize, entry: &Entry) {
        let line = Line::new(entry, &self.on_command);
        self.widget.insert(line.widget(), place as i32);
        if place == self.lines.len() {
            self.lines.push(line);
        } else {
            let old = std::mem::replace(&mut self.lines[place], line);
            self.widget.remove(old.widget());
        }
    }
}

impl Line {
    /// A line that can draw `entry`.
    fn new(entry: &Entry, on_command: &OnCommand) -> Self {
        match entry {
            Entry::Label(_) | Entry::Item { .. } => Self::item(on_command.clone()),
            Entry::Mark { shape, .. } => Self::mark(*shape, on_command.clone()),
            Entry::Submenu { .. } => {
                let (widget, menu) = (MenuItem::with_label(""), Menu::new(on_command.clone()));
                widget.set_submenu(Some(&menu.widget));
                Self::Submenu { widget, menu }
            }
            Entry::Separator => Self::Separator { widget: SeparatorMenuItem::new() },
        }
    }

    fn item(on_command: OnCommand) -> Self {
        let (widget, command) = (MenuItem::with_label(""), Command::default());
        let clicked = command.clone();
        widget.connect_activate(move |_| click(&clicked, &on_command));
        Self::Item { widget, command }
    }

    fn mark(shape: Shape, on_command: OnCommand) -> Self {
        let (widget, command) = (CheckMenuItem::with_label(""), Command::default());
        widget.set_draw_as_radio(shape == Shape::Dot);
        let (clicked, state) = (command.clone(), Rc::<Cell<bool>>::default());
        let drawn = state.clone();
        widget.connect_toggled(move |widget| {
            // GTK has changed the mark with the click. What the mark should be is known when the command was carried
            // out, if it could be.
            if widget.is_active() != drawn.get() {
                widget.set_active(drawn.get());
                click(&clicked, &on_command);
            }
        });
        Self::Mark { widget, shape, command, state }
    }

    fn can_draw(&self, entry: &Entry) -> bool {
        match (self, entry) {
            (Self::Mark { shape, .. }, Entry::Mark { shape: wanted, .. }) => shape == wanted,
            (Self::Item { .. }, Entry::Label(_) | Entry::Item { .. })
            | (Self::Submenu { .. }, Entry::Submenu { .. })
            | (Self::Separator { .. }, Entry::Separator) => true,
            _ => false,
        }
    }

    /// Draws `entry`, for which the line was made.
    fn draw(&mut self, entry: &Entry) {
        let widget = self.widget();
        if let Some(text) = entry.text().filter(|text| widget.label().as_deref() != Some(text)) {
            widget.set_label(text);
        }
        widget.set_sensitive(entry.is_enabled());
        widget.set_visible(entry.text() != Some(""));
        match (self, entry) {
            (Self::Item { command, .. }, _) => *command.borrow_mut() = entry.command().cloned(),
            (Self::Mark { widget, command, state, .. }, Entry::Mark { is_marked, .. }) => {
                *command.borrow_mut() = entry.command().cloned();
                state.set(*is_marked);
                widget.set_active(*is_marked);
            }
            (Self::Submenu { menu, .. }, Entry::Submenu { entries, .. }) => menu.draw(entries),
            _ => {}
        }
    }

    fn widget(&self) -> &MenuItem {
        match self {
            Self::Item { widget, .. } | Self::Submenu { widget, .. } => widget,
            Self::Mark { widget, .. } => widget.upcast_ref(),
            Self::Separator { widget } => widget.upcast_ref(),
        }
    }
}

/// Passes the command of a line on. It is not borrowed meanwhile, so that it may lead to another drawing.
fn click(command: &Command, on_command: &OnCommand) {
    let command = command.borrow().clone();
    if let Some(command) = command {
        on_command(command);
    }
}
