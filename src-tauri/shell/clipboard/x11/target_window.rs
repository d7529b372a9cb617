//! [`TargetWindow`]: the focused window of an X server, into which a text is pasted by the keys that paste there.

use std::rc::Rc;
use std::time::Duration;

use pounce_engine::CancelToken;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Error, X11Result};
use super::keyboard::{KeyChord, Keyboard};
use super::selection_owner::{Reader, SelectionOwner, WaitLimits};
use crate::clipboard::paste::{PasteError, PasteTarget, WindowId};

/// How long a window may take to fetch the text. Editors take about 10 ms, a browser under load 200 ms; one that is
/// being swapped in takes seconds.
const FETCH_LIMIT: Duration = Duration::from_secs(4);
/// How long a program that has fetched the text may take to ask for it again.
const SETTLE: Duration = Duration::from_millis(100);

/// Window classes in which Ctrl+V is a control character and Ctrl+Shift+V pastes.
const TERMINALS: [&str; 12] = [
    "alacritty",
    "ghostty",
    "gnome-terminal",
    "gnome-terminal-server",
    "kitty",
    "konsole",
    "lxterminal",
    "mate-terminal",
    "terminator",
    "tilix",
    "wezterm",
    "xfce4-terminal",
];

/// The focused window.
pub(crate) struct TargetWindow {
    connection: Rc<RustConnection>,
    screen: usize,
    keyboard: Keyboard,
    window: Window,
    /// Serves the text; `None` before [`PasteTarget::paste`].
    owner: Option<SelectionOwner>,
}

/// The window that has the focus now.
pub(crate) fn focused() -> X11Result<WindowId> {
    let (connection, _) = x11rb::connect(None)?;
    Ok(connection.get_input_focus()?.reply()?.focus)
}

impl TargetWindow {
    /// Waits until the user has let go of the hotkey, and returns the window that has the focus then.
    pub(crate) fn focused() -> Result<Self, PasteError> {
        Self::connect().map_err(failed)
    }

    fn connect() -> X11Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let connection = Rc::new(connection);
        let root = connection.setup().roots[screen].root;
        let keyboard = Keyboard::read(connection.clone(), root)?;
        keyboard.release_modifiers()?;
        let window = connection.get_input_focus()?.reply()?.focus;
        Ok(Self { connection, screen, keyboard, window, owner: None })
    }

    /// The X server's number of the window.
    pub(crate) fn id(&self) -> WindowId {
        self.window
    }

    /// Takes the selection, presses the keys, and serves `text` until the window has fetched it.
    fn serve(&mut self, text: &str, cancel: &CancelToken) -> X11Result<Reader> {
        let chord = chord_for(&window_class(&self.connection, self.window)?);
        let owner = SelectionOwner::acquire(self.connection.clone(), self.screen, text)?;
        let owner = self.owner.insert(owner);
        self.keyboard.press(chord)?;
        owner.serve(self.window, WaitLimits { total: FETCH_LIMIT, settle: SETTLE, cancel })
    }
}

impl PasteTarget for TargetWindow {
    fn paste(&mut self, text: &str, cancel: &CancelToken) -> Result<(), PasteError> {
        match self.serve(text, cancel).map_err(failed)? {
            Reader::Target => Ok(()),
            Reader::Other => Err(PasteError::FetchedElsewhere),
            Reader::None => Err(PasteError::NotFetched),
        }
    }

    fn is_overtaken(&self) -> bool {
        self.owner.as_ref().is_some_and(SelectionOwner::is_overtaken)
    }
}

fn failed(error: X11Error) -> PasteError {
    PasteError::Failed(error.to_string())
}

fn chord_for(window_class: &str) -> KeyChord {
    let is_terminal = TERMINALS.iter().any(|name| name.eq_ignore_ascii_case(window_class));
    if is_terminal { KeyChord::CtrlShiftV } else { KeyChord::CtrlV }
}

/// The class of `window`, or of its nearest ancestor that has one; empty if none has.
fn window_class(connection: &RustConnection, mut window: Window) -> X11Result<String> {
    while window > 1 {
        let class =
            connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 256)?;
        // The property is two strings, instance and class, each ended by a zero (ICCCM section 4.1.2.5).
        let value = class.reply()?.value;
        if let Some(class) = value.split(|byte| *byte == 0).nth(1).filter(|class| !class.is_empty())
        {
            return Ok(String::from_utf8_lossy(class).into_owned());
        }
        window = connection.query_tree(window)?.reply()?.parent;
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_paste_with_shift() {
        let cases = [
            ("Xfce4-terminal", KeyChord::CtrlShiftV),
            ("kitty", KeyChord::CtrlShiftV),
            ("Code", KeyChord::CtrlV),
            ("firefox", KeyChord::CtrlV),
            ("", KeyChord::CtrlV),
        ];
        for (class, expected) in cases {
            assert_eq!(chord_for(class), expected, "the keys that paste in {class:?}");
        }
    }
}
