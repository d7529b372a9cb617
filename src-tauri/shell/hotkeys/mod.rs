//! The two hotkeys on X11: reading what the user wrote or pressed, taking the keys, and saying who else has them.
//!
//! On Wayland no program takes keys for itself; see `portal`. What a hotkey does is the coordinator's business.

use std::fmt;
use std::str::FromStr;

use global_hotkey::hotkey::{Code, HotKey, Modifiers};
use global_hotkey::{Error as GrabError, GlobalHotKeyManager};
use thiserror::Error;

use crate::ipc::{HotkeyState, HotkeyStatus, Mode};

/// The modes in the order in which the settings show their hotkeys, which is also the order of taking the keys.
pub(crate) const MODES: [Mode; 2] = [Mode::Line, Mode::Block];

/// A hotkey that could be taken: modifiers and one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys(HotKey);

/// Why a text is no hotkey.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum KeysError {
    /// It cannot be read.
    #[error("write keys like Ctrl+Alt+Space, or press them")]
    Unknown,
    /// It would take a key away from every other program.
    #[error("add Ctrl, Alt or Super: the key alone is needed by other programs")]
    NoModifier,
}

/// Why keys could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TakeError {
    /// Another program has them.
    #[error("another program holds {0}; choose other keys")]
    Taken(Keys),
    /// The display server gives no keys to anyone.
    #[error(
        "hotkeys do not work on this display; bind the command in your desktop's keyboard settings"
    )]
    Unavailable,
    /// The display server refused.
    #[error("{0} cannot be taken: {1}")]
    Refused(Keys, String),
}

impl FromStr for Keys {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        // `Super` is what Linux calls the key; the library's name for it is Meta, and it knows both.
        let keys = HotKey::from_str(text.trim()).map_err(|_| KeysError::Unknown)?;
        let is_shielded =
            keys.mods.intersects(Modifiers::CONTROL | Modifiers::ALT | Modifiers::META);
        // Nobody types text with a function key.
        let is_free = is_shielded || is_function_key(keys.key);
        if is_free { Ok(Self(keys)) } else { Err(KeysError::NoModifier) }
    }
}

fn is_function_key(key: Code) -> bool {
    let name = key.to_string();
    name.strip_prefix('F').is_some_and(|number| matches!(number.parse(), Ok(1_u8..=24)))
}

impl fmt::Display for Keys {
    /// As people write keys: `Ctrl+Alt+Shift+Super+K`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Modifiers::CONTROL, "Ctrl"),
            (Modifiers::ALT, "Alt"),
            (Modifiers::SHIFT, "Shift"),
            (Modifiers::META, "Super"),
        ];
        for (_, name) in names.iter().filter(|(modifier, _)| self.0.mods.contains(*modifier)) {
            write!(f, "{name}+")?;
        }
        let key = self.0.key.to_string();
        let short = key.strip_prefix("Key").or_else(|| key.strip_prefix("Digit")).unwrap_or(&key);
        f.write_str(short)
    }
}

impl Keys {
    /// The number that the key's events carry.
    pub(crate) fn id(self) -> u32 {
        self.0.id()
    }

    /// What the GlobalShortcuts portal understands: `CTRL+ALT+space` (the shortcuts specification of freedesktop.org).
    pub(crate) fn to_portal(self) -> String {
        let names = [
            (Modifiers::CONTROL, "CTRL"),
            (Modifiers::ALT, "ALT"),
            (Modifiers::SHIFT, "SHIFT"),
            (Modifiers::META, "LOGO"),
        ];
        let mut parts: Vec<String> = names
            .iter()
            .filter(|(modifier, _)| self.0.mods.contains(*modifier))
            .map(|(_, name)| (*name).to_owned())
            .collect();
        parts.push(keysym_name(self.0.key));
        parts.join("+")
    }
}

/// What X11's keysymdef.h calls what a key makes on an American keyboard, without its `XK_`.
fn keysym_name(key: Code) -> String {
    let name = match key {
        Code::Space => "space",
        Code::Enter => "Return",
        Code::Backspace => "BackSpace",
        Code::ArrowUp => "Up",
        Code::ArrowDown => "Down",
        Code::ArrowLeft => "Left",
        Code::ArrowRight => "Right",
        Code::PageUp => "Page_Up",
        Code::PageDown => "Page_Down",
        Code::PrintScreen => "Print",
        Code::ScrollLock => "Scroll_Lock",
        Code::Backquote => "grave",
        Code::Minus => "minus",
        Code::Equal => "equal",
        Code::BracketLeft => "bracketleft",
        Code::BracketRight => "bracketright",
        Code::Backslash => "backslash",
        Code::Semicolon => "semicolon",
        Code::Quote => "apostrophe",
        Code::Comma => "comma",
        Code::Period => "period",
        Code::Slash => "slash",
        _ => return regular_keysym_name(&key.to_string()),
    };
    name.to_owned()
}

/// Letters are small there, digits bare, and the numeric keypad's names begin with `KP_`. The rest is called the same.
fn regular_keysym_name(code: &str) -> String {
    if let Some(letter) = code.strip_prefix("Key") {
        return letter.to_lowercase();
    }
    let keypad = code.strip_prefix("Numpad").map(|name| format!("KP_{name}"));
    keypad.unwrap_or_else(|| code.strip_prefix("Digit").unwrap_or(code).to_owned())
}

/// Whoever hands out keys.
pub(crate) trait Grabber: Send {
    /// Takes `keys` for this program.
    fn take(&mut self, keys: Keys) -> Result<(), TakeError>;
    /// Gives `keys` back.
    fn give_back(&mut self, keys: Keys);
}

/// The X server.
pub(crate) struct X11Grabber {
    manager: GlobalHotKeyManager,
    /// Whether the server has answered once.
    is_live: bool,
}

impl X11Grabber {
    /// Connects to the X server.
    pub(crate) fn connect() -> Result<Self, TakeError> {
        let manager = GlobalHotKeyManager::new().map_err(|_| TakeError::Unavailable)?;
        Ok(Self { manager, is_live: false })
    }

    /// The library's thread ends without a word where no X server answers, and registering then succeeds. A live one
    /// refuses the same keys twice.
    fn probe(&mut self, keys: Keys) -> Result<(), TakeError> {
        self.is_live =
            matches!(self.manager.register(keys.0), Err(GrabError::AlreadyRegistered(_)));
        if self.is_live { Ok(()) } else { Err(TakeError::Unavailable) }
    }
}

impl Grabber for X11Grabber {
    fn take(&mut self, keys: Keys) -> Result<(), TakeError> {
        match self.manager.register(keys.0) {
            Ok(()) if self.is_live => Ok(()),
            Ok(()) => self.probe(keys),
            Err(GrabError::AlreadyRegistered(_)) => Err(TakeError::Taken(keys)),
            Err(error) => Err(TakeError::Refused(keys, error.to_string())),
        }
    }

    fn give_back(&mut self, keys: Keys) {
        if let Err(error) = self.manager.unregister(keys.0) {
            tracing::warn!(%keys, %error, "a hotkey could not be given back");
        }
    }
}

/// Both hotkeys and what became of taking them.
pub(crate) struct Hotkeys {
    /// `None` where no program may take keys for itself.
    grabber: Option<Box<dyn Grabber>>,
    bindings: [Binding; 2],
    /// While the keys are given back although they are wanted: paused, or a window is recording keys.
    is_released: bool,
    /// The keys that the desktop's portal was asked for, while it delivers the hotkeys in the grabber's place.
    portal: Option<[Option<Keys>; 2]>,
}

#[derive(Clone, Debug, Default)]
struct Binding {
    /// `None` is off.
    keys: Option<Keys>,
    /// Whether the keys are held now.
    is_held: bool,
    /// Why they could not be taken.
    error: Option<TakeError>,
}

impl Hotkeys {
    /// Hotkeys that are all off. Without a `grabber` they stay so.
    pub(crate) fn new(grabber: Option<Box<dyn Grabber>>) -> Self {
        Self { grabber, bindings: Default::default(), is_released: false, portal: None }
    }

    /// Takes the keys `wanted`, one for each of [`MODES`], and gives back what is wanted no more. Keys that cannot be
    /// taken are remembered as wanted, with the reason.
    pub(crate) fn take(&mut self, wanted: [Option<Keys>; 2]) {
        for (i, keys) in wanted.into_iter().enumerate() {
            if self.bindings[i].keys != keys {
                self.give_back(i);
                self.bindings[i] = Binding { keys, ..Binding::default() };
            }
        }
        for i in 0..MODES.len() {
            self.hold(i);
        }
    }

    /// As [`Self::take`], but all or nothing: where new keys cannot be taken, the old ones are taken again, and what
    /// was wrong with which mode's keys is returned.
    pub(crate) fn change(
        &mut self,
        wanted: [Option<Keys>; 2],
    ) -> Result<(), Vec<(Mode, TakeError)>> {
        let old = self.bindings.clone().map(|binding| binding.keys);
        self.take(wanted);
        let is_new = |i: usize| wanted[i] != old[i];
        let errors = (0..MODES.len())
            .filter(|i| is_new(*i))
            .filter_map(|i| Some((MODES[i], self.refusal(i)?)));
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() {
            return Ok(());
        }
        self.take(old);
        Err(errors)
    }

    /// Gives all keys back (`true`), or takes the wanted ones again (`false`).
    pub(crate) fn release(&mut self, is_released: bool) {
        self.is_released = is_released;
        for i in 0..MODES.len() {
            if is_released { self.give_back(i) } else { self.hold(i) }
        }
    }

    /// Says that the desktop's portal, which was `asked` for these keys, delivers the hotkeys from now on; `None`: that
    /// it does so no longer.
    pub(crate) fn leave_to_portal(&mut self, asked: Option<[Option<Keys>; 2]>) {
        self.portal = asked;
    }

    /// Whether the hotkey of `mode` is turned on.
    pub(crate) fn is_on(&self, mode: Mode) -> bool {
        MODES.iter().zip(&self.bindings).any(|(of, binding)| *of == mode && binding.keys.is_some())
    }

    /// The mode whose keys have this [`Keys::id`].
    pub(crate) fn mode_of(&self, id: u32) -> Option<Mode> {
        let i = self.bindings.iter().position(|binding| {
            binding.is_held && binding.keys.is_some_and(|keys| keys.id() == id)
        });
        i.map(|i| MODES[i])
    }

    /// What the settings window shows, in the order of [`MODES`].
    pub(crate) fn status(&self) -> Vec<HotkeyStatus> {
        MODES.iter().enumerate().map(|(i, mode)| self.status_of(*mode, i)).collect()
    }

    fn status_of(&self, mode: Mode, i: usize) -> HotkeyStatus {
        let binding = &self.bindings[i];
        let state = match (&binding.keys, &binding.error) {
            (None, _) if self.portal.is_some() => HotkeyState::Off,
            _ if self.portal.is_some() => HotkeyState::Portal,
            _ if self.grabber.is_none() => HotkeyState::Unavailable,
            (None, _) => HotkeyState::Off,
            (Some(_), None) => HotkeyState::Working,
            (Some(_), Some(TakeError::Unavailable)) => HotkeyState::Unavailable,
            (Some(_), Some(_)) => HotkeyState::Taken,
        };
        let message = match state {
            HotkeyState::Portal => Some(self.portal_message(i).to_owned()),
            // The window adds the command to bind.
            HotkeyState::Unavailable => Some("hotkeys do not work on this display".to_owned()),
            _ => binding.error.as_ref().map(ToString::to_string),
        };
        let keys = binding.keys.map(|keys| keys.to_string()).unwrap_or_default();
        HotkeyStatus { mode, keys, state, message, command: trigger_command(mode).to_owned() }
    }

    fn portal_message(&self, i: usize) -> &'static str {
        let is_asked = self.portal.is_some_and(|asked| asked[i].is_some());
        if is_asked {
            "your desktop delivers this hotkey: change its keys in the desktop's keyboard settings"
        } else {
            "your desktop is asked for this hotkey when Pounce starts the next time"
        }
    }

    /// Why new keys are not accepted. That no display gives keys is no reason: they are for the next one.
    fn refusal(&self, i: usize) -> Option<TakeError> {
        self.bindings[i].error.clone().filter(|error| *error != TakeError::Unavailable)
    }

    fn hold(&mut self, i: usize) {
        let binding = &mut self.bindings[i];
        let (Some(grabber), Some(keys)) = (&mut self.grabber, binding.keys) else { return };
        if binding.is_held || self.is_released {
            return;
        }
        binding.error = grabber.take(keys).err();
        binding.is_held = binding.error.is_none();
    }

    fn give_back(&mut self, i: usize) {
        let binding = &mut self.bindings[i];
        if let (Some(grabber), Some(keys), true) =
            (&mut self.grabber, binding.keys, binding.is_held)
        {
            grabber.give_back(keys);
        }
        binding.is_held = false;
    }
}

impl Drop for Hotkeys {
    fn drop(&mut self) {
        self.release(true);
    }
}

/// The command that does what the hotkey of `mode` does, for a binding in the compositor.
fn trigger_command(mode: Mode) -> &'static str {
    match mode {
        Mode::Line => "pounce trigger --mode line",
        Mode::Block => "pounce trigger --mode block",
    }
}

#[cfg(test)]
mod tests;
