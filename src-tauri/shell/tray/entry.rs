//! [`Entry`]: one line of the menu.

use super::command::MenuCommand;

/// One line of the menu; hidden if its text is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Text that cannot be clicked.
    Label(String),
    /// A command.
    Item {
        /// What a click does.
        command: MenuCommand,
        /// The text.
        text: String,
        /// Whether it can be clicked.
        is_enabled: bool,
    },
    /// A command with a mark that follows the app's state, never the click.
    Mark {
        /// What a click does.
        command: MenuCommand,
        /// The text.
        text: String,
        /// How the mark is drawn.
        shape: Shape,
        /// Whether the mark is shown.
        is_marked: bool,
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

/// How a mark is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A tick: on or off.
    Tick,
    /// A dot: one of several.
    Dot,
}

impl Entry {
    /// A line that can be clicked.
    pub(crate) fn item(command: MenuCommand, text: impl Into<String>) -> Self {
        Self::Item { command, text: text.into(), is_enabled: true }
    }

    /// A line that is on or off.
    pub(crate) fn tick(command: MenuCommand, text: impl Into<String>, is_marked: bool) -> Self {
        Self::Mark { command, text: text.into(), shape: Shape::Tick, is_marked }
    }

    /// One of several lines, of which one is marked.
    pub(crate) fn choice(command: MenuCommand, text: impl Into<String>, is_marked: bool) -> Self {
        Self::Mark { command, text: text.into(), shape: Shape::Dot, is_marked }
    }

    /// This line, which can be clicked only if `is_enabled`.
    pub(crate) fn enabled_if(self, is_enabled: bool) -> Self {
        match self {
            Self::Item { command, text, .. } => Self::Item { command, text, is_enabled },
            other => other,
        }
    }

    /// The text; `None` for a separator.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Label(text) | Self::Item { text, .. } | Self::Mark { text, .. } => Some(text),
            Self::Submenu { text, .. } => Some(text),
            Self::Separator => None,
        }
    }

    /// What a click does; `None` for a line that takes none.
    pub(crate) fn command(&self) -> Option<&MenuCommand> {
        match self {
            Self::Item { command, .. } | Self::Mark { command, .. } => Some(command),
            _ => None,
        }
    }

    /// Whether the line can be clicked, or its submenu opened.
    pub(crate) fn is_enabled(&self) -> bool {
        match self {
            Self::Item { is_enabled, .. } => *is_enabled,
            Self::Mark { .. } | Self::Submenu { .. } => true,
            Self::Label(_) | Self::Separator => false,
        }
    }
}
