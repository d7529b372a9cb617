//! [`Keyboard`]: presses keys on an X server by the XTEST extension, in the active keyboard layout. Which keys, and
//! whether they had an effect, is decided by `target_window`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_engine::CancelToken;
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
    pub(super) const INSERT: u32 = 0xff63;
    pub(super) const RIGHT: u32 = 0xff53;
    pub(super) const V: u32 = 0x76;
}

/// How long the user may hold keys down. Longer, and something else is the matter: a key that is stuck, or a game.
const RELEASE_LIMIT: Duration = Duration::from_secs(5);
/// How often the keyboard's state is polled.
const POLL: Duration = Duration::from_millis(5);

/// Keys that are pressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyChord {
    /// Pastes nearly everywhere.
    CtrlV,
    /// Pastes in terminals.
    CtrlShiftV,
    /// Pastes the primary selection in old terminals.
    ShiftInsert,
    /// Copies what is selected; a terminal without a selection ignores it, which it does not with Ctrl+C.
    CtrlInsert,
    /// Puts the cursor behind what is selected.
    Right,
}

impl KeyChord {
    fn keysyms(self) -> &'static [u32] {
        match self {
            Self::CtrlV => &[keysym::CONTROL, keysym::V],
            Self::CtrlShiftV => &[keysym::CONTROL, keysym::SHIFT, keysym::V],
            Self::ShiftInsert => &[keysym::SHIFT, keysym::INSERT],
            Self::CtrlInsert => &[keysym::CONTROL, keysym::INSERT],
            Self::Right => &[keysym::RIGHT],
        }
    }
}

/// The keyboard's map and the connection to press its keys.
pub(crate) struct Keyboard {
    connection: Arc<RustConnection>,
    root: Window,
    first: Keycode,
    /// The keysyms of each key, from the keycode `first` on.
    keys: Vec<KeySymMap>,
    /// The index of the active layout.
    layout: usize,
}

impl Keyboard {
    /// Reads the map of the core keyboard. `root` is the screen's root window.
    pub(crate) fn read(connection: Arc<RustConnection>, root: Window) -> X11Result<Self> {
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
        let keys = chord.keysyms();
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

    fn fake(&self, event: u8, code: Keycode) -> X11Result<()> {
        Ok(self
            .connection
            .xtest_fake_input(event, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0)?
            .check()?)
    }
}

/// Waits until the user has let go of every key. While the hotkey is held, the X server gives all keys to the program
/// that has taken it, and its modifiers would turn Ctrl+V into another combination. Returns whether no key is held any
/// more; `false` after [`RELEASE_LIMIT`], and if `cancel` is cancelled.
pub(crate) fn wait_for_release(
    connection: &RustConnection,
    cancel: &CancelToken,
) -> X11Result<bool> {
    let end = Instant::now() + RELEASE_LIMIT;
    while connection.query_keymap()?.reply()?.keys.iter().any(|keys| *keys != 0) {
        if Instant::now() > end || cancel.is_cancelled() {
            return Ok(false);
        }
        std::thread::sleep(POLL);
    }
    Ok(true)
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
