//! Pastes a text into the focused window: offers it, presses the keys, and waits until that window's program has it.
//!
//! X11 only, by the XTEST extension. No Wayland compositor lets a program press keys without asking the user each
//! time, so there the completion stays on the clipboard.

use std::rc::Rc;
use std::time::{Duration, Instant};

use pounce_engine::CancelToken;
use thiserror::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Keycode, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::display::Display;
use crate::offer::{Offer, Patience, Reader};
use crate::targets::X11Result;

/// Keysyms of X11's keysymdef.h.
mod keysym {
    pub(super) const CONTROL: u32 = 0xffe3;
    pub(super) const SHIFT: u32 = 0xffe1;
    pub(super) const V: u32 = 0x76;
    /// Every modifier a hotkey may have, left and right: Shift, Control, Meta, Alt, Super.
    pub(super) const MODIFIERS: [u32; 10] =
        [0xffe1, 0xffe2, 0xffe3, 0xffe4, 0xffe7, 0xffe8, 0xffe9, 0xffea, 0xffeb, 0xffec];
}

/// How long the user may hold the hotkey down before its modifiers are released for him.
const RELEASE_PATIENCE: Duration = Duration::from_millis(500);
/// How long a window may take to fetch the text. Editors take some 10 ms, a browser under load 200 ms; one that is
/// swapping takes seconds.
const FETCH_LIMIT: Duration = Duration::from_secs(4);
/// How long a program that has fetched the text may take to ask for it again.
const SETTLE: Duration = Duration::from_millis(100);
/// Between two looks at the keyboard.
const POLL: Duration = Duration::from_millis(5);

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
    #[error("this desktop does not let programs paste; choose Append or Replace in the settings")]
    Unsupported,
    /// The X server refused.
    #[error("the X server did not take the keys: {0}")]
    Failed(String),
    /// The keys were pressed in vain.
    #[error("the window did not take it; the tray menu can copy it")]
    NotFetched,
}

/// A keyboard that can be told to paste.
pub(crate) trait Keys: Send {
    /// Finds the window to paste into, once the user has let go of the hotkey. The clipboard is not touched yet.
    fn aim(&mut self) -> Result<Box<dyn Target + '_>, PasteError>;
}

/// A window to paste into. Dropping it leaves nothing of the text on the clipboard.
pub(crate) trait Target {
    /// Puts `text` on the clipboard in place of what is there and pastes it. Returns once the window has it, or is not
    /// going to, or cancelled; the clipboard holds the text until somebody else writes to it.
    fn paste(&mut self, text: &str, cancel: &CancelToken) -> Result<(), PasteError>;
    /// Whether another program has copied something since.
    fn is_overtaken(&self) -> bool;
}

/// The keys that paste in one kind of window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chord {
    CtrlV,
    CtrlShiftV,
}

/// The keyboard of a desktop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemKeys(pub(crate) Display);

impl Keys for SystemKeys {
    fn aim(&mut self) -> Result<Box<dyn Target + '_>, PasteError> {
        match self.0 {
            Display::Wayland => Err(PasteError::Unsupported),
            Display::X11 => Ok(Box::new(X11Window::focused().map_err(failed)?)),
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
            Reader::Awaited | Reader::Other => Ok(()),
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

/// The keyboard's map and the connection to press its keys.
struct Keyboard {
    connection: Rc<RustConnection>,
    root: Window,
    min_code: Keycode,
    per_code: usize,
    keysyms: Vec<u32>,
}

impl Keyboard {
    fn read(connection: Rc<RustConnection>, root: Window) -> X11Result<Self> {
        let (min_code, max_code) = (connection.setup().min_keycode, connection.setup().max_keycode);
        let map = connection.get_keyboard_mapping(min_code, max_code - min_code + 1)?.reply()?;
        let per_code = usize::from(map.keysyms_per_keycode).max(1);
        Ok(Self { connection, root, min_code, per_code, keysyms: map.keysyms })
    }

    /// Presses the keys of `chord` together.
    fn press(&self, chord: Chord) -> X11Result<()> {
        let keys: &[u32] = match chord {
            Chord::CtrlV => &[keysym::CONTROL, keysym::V],
            Chord::CtrlShiftV => &[keysym::CONTROL, keysym::SHIFT, keysym::V],
        };
        let codes = keys.iter().map(|key| self.code(*key)).collect::<X11Result<Vec<_>>>()?;
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code)?;
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code)?;
        }
        Ok(())
    }

    /// The key that makes `keysym`.
    fn code(&self, keysym: u32) -> X11Result<Keycode> {
        let row = self.keysyms.chunks(self.per_code).position(|row| row.contains(&keysym));
        let row = row.ok_or("the keyboard has no key for pasting")?;
        Ok(self.min_code + Keycode::try_from(row)?)
    }

    /// Waits until the user has let the hotkey's modifiers go, or lets them go for him: Ctrl+Alt held down would turn
    /// Ctrl+V into something else.
    fn release_modifiers(&self) -> X11Result<()> {
        let start = Instant::now();
        loop {
            let held = self.held_modifiers()?;
            if held.is_empty() {
                return Ok(());
            }
            if start.elapsed() > RELEASE_PATIENCE {
                return held.into_iter().try_for_each(|code| self.fake(KEY_RELEASE_EVENT, code));
            }
            std::thread::sleep(POLL);
        }
    }

    fn held_modifiers(&self) -> X11Result<Vec<Keycode>> {
        let pressed = self.connection.query_keymap()?.reply()?.keys;
        let is_pressed = |code: Keycode| pressed[usize::from(code / 8)] & (1 << (code % 8)) != 0;
        let codes = keysym::MODIFIERS.iter().filter_map(|key| self.code(*key).ok());
        Ok(codes.filter(|code| is_pressed(*code)).collect())
    }

    fn fake(&self, event: u8, code: Keycode) -> X11Result<()> {
        Ok(self
            .connection
            .xtest_fake_input(event, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0)?
            .check()?)
    }
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
        let refusal = keys.aim().err();
        assert_eq!(refusal, Some(PasteError::Unsupported), "the settings are the remedy");
    }
}
