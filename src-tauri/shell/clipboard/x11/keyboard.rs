//! [`Keyboard`]: presses keys on an X server by the XTEST extension, in the active keyboard layout. Which keys, and
//! whether they had an effect, is decided by `target_window`.

use std::rc::Rc;
use std::time::{Duration, Instant};

use x11rb::protocol::xkb::{ConnectionExt as _, ID, KeySymMap, MapPart, VMod};
use x11rb::protocol::xproto::{
    ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Keycode, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::connection::X11Result;

/// Keysyms of X11's keysymdef.h.
mod keysym {
    pub(super) const CONTROL: u32 = 0xffe3;
    pub(super) const SHIFT: u32 = 0xffe1;
    pub(super) const V: u32 = 0x76;
    /// Every modifier a hotkey may have, left and right: Shift, Control, Meta, Alt, Super.
    pub(super) const MODIFIERS: [u32; 10] =
        [0xffe1, 0xffe2, 0xffe3, 0xffe4, 0xffe7, 0xffe8, 0xffe9, 0xffea, 0xffeb, 0xffec];
}

/// How long the user may hold the hotkey's modifiers down before the app releases them.
const RELEASE_PATIENCE: Duration = Duration::from_millis(500);
/// How often the keyboard's state is polled.
const POLL: Duration = Duration::from_millis(5);

/// The keys that paste in one kind of window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyChord {
    /// Nearly everywhere.
    CtrlV,
    /// In terminals.
    CtrlShiftV,
}

/// The keyboard's map and the connection to press its keys.
pub(crate) struct Keyboard {
    connection: Rc<RustConnection>,
    root: Window,
    first: Keycode,
    /// The keysyms of each key, from the keycode `first` on.
    keys: Vec<KeySymMap>,
    /// The index of the active layout.
    layout: usize,
}

impl Keyboard {
    /// Reads the map of the core keyboard. `root` is the screen's root window.
    pub(crate) fn read(connection: Rc<RustConnection>, root: Window) -> X11Result<Self> {
        connection.xkb_use_extension(1, 0)?.reply()?;
        let keyboard = u16::from(ID::USE_CORE_KBD);
        let layout = connection.xkb_get_state(keyboard)?.reply()?.group;
        let (all, none) = (MapPart::KEY_SYMS, MapPart::default());
        let no = VMod::default();
        let map = connection
            .xkb_get_map(keyboard, all, none, 0, 0, 0, 0, 0, 0, 0, 0, no, 0, 0, 0, 0, 0, 0)?
            .reply()?;
        let keys = map.map.syms_rtrn.ok_or("the X server does not describe its keyboard")?;
        let layout = usize::from(u8::from(layout));
        Ok(Self { connection, root, first: map.first_key_sym, keys, layout })
    }

    /// Presses the keys of `chord` together and releases them.
    pub(crate) fn press(&self, chord: KeyChord) -> X11Result<()> {
        let keys: &[u32] = match chord {
            KeyChord::CtrlV => &[keysym::CONTROL, keysym::V],
            KeyChord::CtrlShiftV => &[keysym::CONTROL, keysym::SHIFT, keysym::V],
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

    fn code(&self, keysym: u32) -> X11Result<Keycode> {
        let position = position(&self.keys, self.layout, keysym);
        let position = position.ok_or("the keyboard has no key for pasting")?;
        Ok(self.first + Keycode::try_from(position)?)
    }

    /// Waits until the user has let go of the hotkey's modifiers, and releases them after [`RELEASE_PATIENCE`]: held
    /// down, Ctrl+Alt would turn Ctrl+V into another key combination.
    pub(crate) fn release_modifiers(&self) -> X11Result<()> {
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

/// The index of the key that produces `keysym` in `layout`, preferably without modifiers. If that layout lacks it, as a
/// Cyrillic one lacks V, the key of any other layout: programs look for the letter there too.
fn position(keys: &[KeySymMap], layout: usize, keysym: u32) -> Option<usize> {
    let alone = keys.iter().position(|key| in_layout(key, layout).first() == Some(&keysym));
    let shifted = || keys.iter().position(|key| in_layout(key, layout).contains(&keysym));
    let elsewhere = || keys.iter().position(|key| key.syms.contains(&keysym));
    alone.or_else(shifted).or_else(elsewhere)
}

/// The keysyms of `key` in `layout`, without and with modifiers. For a key with fewer layouts the index wraps around, as
/// X servers do by default.
fn in_layout(key: &KeySymMap, layout: usize) -> &[u32] {
    let mut layouts = key.syms.chunks(usize::from(key.width).max(1));
    let n_layouts = layouts.len().max(1);
    layouts.nth(layout % n_layouts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that produces these letters, one for each layout, in lower and upper case.
    fn key(letters: &str) -> KeySymMap {
        let syms = letters.chars().flat_map(|c| [c, c.to_ascii_uppercase()]).map(u32::from);
        KeySymMap { kt_index: [0; 4], group_info: 0, width: 2, syms: syms.collect() }
    }

    #[test]
    fn a_key_is_searched_in_the_active_layout() {
        let dvorak = [key(""), key("vk"), key(".v"), key("a")];
        let cyrillic = [key("vм"), key("cс")];
        let check = |keys: &[KeySymMap], layout, letter: char, expected, why: &str| {
            assert_eq!(position(keys, layout, u32::from(letter)), expected, "{why}");
        };
        check(&dvorak, 0, 'v', Some(1), "where the first layout has it");
        check(&dvorak, 1, 'v', Some(2), "Dvorak has it elsewhere, and K there");
        check(&dvorak, 1, 'a', Some(3), "a key that is the same in every layout");
        check(&dvorak, 1, 'V', Some(2), "one that takes Shift");
        check(&cyrillic, 1, 'v', Some(0), "a layout without Latin letters");
        check(&dvorak, 0, 'z', None, "no key at all");
    }
}
