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
        if is_shielded { Ok(Self(keys)) } else { Err(KeysError::NoModifier) }
    }
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
        let key = self.0.key.to_string();
        let short = key.strip_prefix("Key").or_else(|| key.strip_prefix("Digit")).unwrap_or(&key);
        // Letters and the space bar have small keysym names; function keys keep their capital.
        let is_small = short.len() == 1 || self.0.key == Code::Space;
        parts.push(if is_small { short.to_lowercase() } else { short.to_owned() });
        parts.join("+")
    }
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
    /// Whether the desktop's portal delivers the hotkeys in the grabber's place.
    is_portal: bool,
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
        Self { grabber, bindings: Default::default(), is_released: false, is_portal: false }
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

    /// Says that the desktop's portal delivers the hotkeys from now on.
    pub(crate) fn leave_to_portal(&mut self) {
        self.is_portal = true;
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
        MODES
            .iter()
            .zip(&self.bindings)
            .map(|(mode, binding)| self.status_of(*mode, binding))
            .collect()
    }

    fn status_of(&self, mode: Mode, binding: &Binding) -> HotkeyStatus {
        let state = match (&binding.keys, &binding.error) {
            _ if self.is_portal => HotkeyState::Working,
            _ if self.grabber.is_none() => HotkeyState::Unavailable,
            (None, _) => HotkeyState::Off,
            (Some(_), None) => HotkeyState::Working,
            (Some(_), Some(TakeError::Unavailable)) => HotkeyState::Unavailable,
            (Some(_), Some(_)) => HotkeyState::Taken,
        };
        let message = match state {
            HotkeyState::Working if self.is_portal => {
                Some("set in your desktop's keyboard settings".to_owned())
            }
            // The window adds the command to bind.
            HotkeyState::Unavailable => Some("hotkeys do not work on this display".to_owned()),
            _ => binding.error.as_ref().map(ToString::to_string),
        };
        let keys = binding.keys.map(|keys| keys.to_string()).unwrap_or_default();
        HotkeyStatus { mode, keys, state, message, command: trigger_command(mode).to_owned() }
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
