//! Pastes a text into the focused window: offers it, presses the keys, and waits until that window's program has it.
//!
//! X11 only, by the XTEST extension. No Wayland compositor lets a program press keys without asking the user each
//! time; there, and where the window in front is another one by then, `completer` copies the completion instead.

use std::rc::Rc;
use std::time::Duration;

use pounce_engine::CancelToken;
use thiserror::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use crate::display::Display;
use crate::keyboard::{Chord, Keyboard};
use crate::offer::{Offer, Patience, Reader};
use crate::targets::X11Result;

/// How long a window may take to fetch the text. Editors take some 10 ms, a browser under load 200 ms; one that is
/// swapping takes seconds.
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

/// Why the keys could not be pressed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasteError {
    /// Wayland.
    #[error("this desktop lets no program press keys")]
    Unsupported,
    /// Another window has the focus than when the hotkey was pressed.
    #[error("another window came to the front")]
    Elsewhere,
    /// The X server refused.
    #[error("the X server did not take the keys: {0}")]
    Failed(String),
    /// The keys were pressed in vain.
    #[error("the window did not take it; `pounce copy-last` or the tray menu copies it")]
    NotFetched,
    /// As far as can be told, the keys were pressed in vain.
    #[error(
        "only another program took it, such as a clipboard manager; `pounce copy-last` or the tray menu copies it"
    )]
    FetchedElsewhere,
}

/// An X server's number of a window.
pub(crate) type WindowId = Window;

/// The window that has the focus now; `None` where nobody can tell.
pub(crate) fn focused(display: Display) -> Option<WindowId> {
    let ask = || -> X11Result<WindowId> {
        let (connection, _) = x11rb::connect(None)?;
        Ok(connection.get_input_focus()?.reply()?.focus)
    };
    (display == Display::X11).then(ask)?.ok()
}

/// A keyboard that can be told to paste.
pub(crate) trait Keys: Send {
    /// Finds the window to paste into, once the user has let go of the hotkey: the focused one, which has to be
    /// `noted`, if that is given. The clipboard is not touched yet.
    fn aim(&mut self, noted: Option<WindowId>) -> Result<Box<dyn Target + '_>, PasteError>;
}

/// A window to paste into. Dropping it leaves nothing of the text on the clipboard.
pub(crate) trait Target {
    /// Puts `text` on the clipboard in place of what is there and pastes it. Returns once the window has it, or is not
    /// going to, or cancelled; the clipboard holds the text until somebody else writes to it.
    fn paste(&mut self, text: &str, cancel: &CancelToken) -> Result<(), PasteError>;
    /// Whether another program has copied something since.
    fn is_overtaken(&self) -> bool;
}

/// The keyboard of a desktop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemKeys(pub(crate) Display);

impl Keys for SystemKeys {
    fn aim(&mut self, noted: Option<WindowId>) -> Result<Box<dyn Target + '_>, PasteError> {
        if self.0 == Display::Wayland {
            return Err(PasteError::Unsupported);
        }
        let target = X11Window::focused().map_err(failed)?;
        match noted {
            Some(noted) if noted != target.window => Err(PasteError::Elsewhere),
            _ => Ok(Box::new(target)),
        }
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> PasteError {
    PasteError::Failed(error.to_string())
}

fn chord_for(window_class: &str) -> Chord {
    let is_terminal = TERMINALS.iter().any(|name| name.eq_ignore_ascii_case(window_class));
    if is_terminal { Chord::CtrlShiftV } else { Chord::CtrlV }
}

/// The focused window of an X server.
struct X11Window {
    connection: Rc<RustConnection>,
    screen: usize,
    keyboard: Keyboard,
    window: Window,
    /// The text while it is lent.
    offer: Option<Offer>,
}

impl X11Window {
    fn focused() -> X11Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let connection = Rc::new(connection);
        let root = connection.setup().roots[screen].root;
        let keyboard = Keyboard::read(connection.clone(), root)?;
        keyboard.release_modifiers()?;
        let window = connection.get_input_focus()?.reply()?.focus;
        Ok(Self { connection, screen, keyboard, window, offer: None })
    }

    fn lend(&mut self, text: &str, cancel: &CancelToken) -> X11Result<Reader> {
        let chord = chord_for(&window_class(&self.connection, self.window)?);
        let offer = Offer::make(self.connection.clone(), self.screen, text)?;
        let offer = self.offer.insert(offer);
        self.keyboard.press(chord)?;
        offer.serve(self.window, Patience { limit: FETCH_LIMIT, settle: SETTLE, cancel })
    }
}

impl Target for X11Window {
    fn paste(&mut self, text: &str, cancel: &CancelToken) -> Result<(), PasteError> {
        match self.lend(text, cancel).map_err(failed)? {
            Reader::Awaited => Ok(()),
            Reader::Other => Err(PasteError::FetchedElsewhere),
            Reader::Nobody => Err(PasteError::NotFetched),
        }
    }

    fn is_overtaken(&self) -> bool {
        self.offer.as_ref().is_some_and(Offer::is_overtaken)
    }
}

/// The class of `window`, or of its nearest ancestor that has one; empty where none has.
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
            ("Xfce4-terminal", Chord::CtrlShiftV),
            ("kitty", Chord::CtrlShiftV),
            ("Code", Chord::CtrlV),
            ("firefox", Chord::CtrlV),
            ("", Chord::CtrlV),
        ];
        for (class, expected) in cases {
            assert_eq!(chord_for(class), expected, "the keys that paste in {class:?}");
        }
    }

    #[test]
    fn wayland_says_that_it_cannot_paste() {
        let mut keys = SystemKeys(Display::Wayland);
        let refusal = keys.aim(None).err();
        assert_eq!(refusal, Some(PasteError::Unsupported), "so that it is copied instead");
    }
}
