//! [`Hotkeys`]: takes the keys of the app's hotkeys, and knows which of them work.
//!
//! On X11 a `grabber` takes them. On Wayland no program takes keys for itself, so the desktop's `portal` delivers them.
//! What a hotkey does is declared in `hotkey`.

pub(crate) mod grabber;
pub(crate) mod hotkey;
pub(crate) mod key_combination;
pub(crate) mod portal;
pub(crate) mod status;

use pounce_cli::Verb;

use crate::ui_language::UiLanguage;
use grabber::{KeyGrabber, TakeError};
use hotkey::{HOTKEYS, Hotkey, HotkeyKeys};
use key_combination::KeyCombination;
use status::{HotkeyState, HotkeyStatus};

/// All hotkeys, and whether their keys could be taken.
pub(crate) struct Hotkeys {
    /// `None` if no program may take keys for itself.
    grabber: Option<Box<dyn KeyGrabber>>,
    /// One for each of [`HOTKEYS`].
    bindings: Vec<Binding>,
    /// Whether the keys are given back although they are wanted: paused, or a window is recording keys.
    is_released: bool,
    /// The keys that the desktop's portal was asked for, while it delivers the hotkeys in the grabber's place.
    portal: Option<HotkeyKeys>,
}

#[derive(Clone, Debug)]
struct Binding {
    hotkey: &'static Hotkey,
    /// The wanted keys; `None` is off.
    keys: Option<KeyCombination>,
    /// Whether the keys are held now.
    is_held: bool,
    /// Why the keys could not be taken.
    error: Option<TakeError>,
}

impl Hotkeys {
    /// Hotkeys that are all off. Without a `grabber` they stay off.
    pub(crate) fn new(grabber: Option<Box<dyn KeyGrabber>>) -> Self {
        let bindings = HOTKEYS.iter().map(|hotkey| Binding::new(hotkey, None)).collect();
        Self { grabber, bindings, is_released: false, portal: None }
    }

    /// Takes the keys `wanted`, one for each of [`HOTKEYS`], and gives back those no longer wanted. Keys that cannot be
    /// taken stay wanted, and the reason is kept.
    pub(crate) fn take(&mut self, wanted: &[Option<KeyCombination>]) {
        for (i, keys) in wanted.iter().enumerate() {
            if self.bindings[i].keys != *keys {
                self.give_back(i);
                self.bindings[i] = Binding::new(self.bindings[i].hotkey, *keys);
            }
        }
        self.hold_all();
    }

    /// Like [`Self::take`], but all or nothing.
    ///
    /// # Errors
    /// The settings whose new keys cannot be taken, with the reason; the old keys are taken again.
    pub(crate) fn change(
        &mut self,
        wanted: &[Option<KeyCombination>],
    ) -> Result<(), Vec<(&'static str, TakeError)>> {
        let old: HotkeyKeys = self.bindings.iter().map(|binding| binding.keys).collect();
        self.take(wanted);
        let changed = self.bindings.iter().zip(&old).filter(|(binding, old)| binding.keys != **old);
        let refused: Vec<_> = changed
            .filter_map(|(binding, _)| Some((binding.hotkey.setting, binding.refusal()?)))
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        self.take(&old);
        Err(refused)
    }

    /// Gives all keys back (`true`), or takes the wanted ones again (`false`).
    pub(crate) fn release(&mut self, is_released: bool) {
        self.is_released = is_released;
        if is_released {
            (0..self.bindings.len()).for_each(|i| self.give_back(i));
        } else {
            self.hold_all();
        }
    }

    /// The wanted keys that another program holds.
    pub(crate) fn taken(&self) -> Vec<String> {
        let is_taken = |binding: &&Binding| matches!(binding.error, Some(TakeError::Taken(_)));
        let taken = self.bindings.iter().filter(is_taken);
        taken.filter_map(|binding| binding.keys).map(|keys| keys.to_string()).collect()
    }

    /// Tries again to take the keys that another program holds. Returns those that it has let go.
    pub(crate) fn retry(&mut self) -> Vec<String> {
        let before = self.taken();
        if before.is_empty() {
            return before;
        }
        self.hold_all();
        let still = self.taken();
        before.into_iter().filter(|keys| !still.contains(keys)).collect()
    }

    /// Records that the desktop's portal delivers the hotkeys and was `asked` for these keys; `None` records that it no
    /// longer does.
    pub(crate) fn leave_to_portal(&mut self, asked: Option<HotkeyKeys>) {
        self.portal = asked;
    }

    /// Whether the hotkey for `verb` is turned on.
    pub(crate) fn is_on(&self, verb: Verb) -> bool {
        let is_on = |binding: &Binding| binding.hotkey.verb == verb && binding.keys.is_some();
        self.bindings.iter().any(is_on)
    }

    /// What the held keys with this [`KeyCombination::id`] ask for.
    pub(crate) fn verb_of(&self, id: u32) -> Option<Verb> {
        let is_pressed = |keys: KeyCombination| keys.id() == id;
        let mut held = self.bindings.iter().filter(|binding| binding.is_held);
        held.find(|binding| binding.keys.is_some_and(is_pressed)).map(|binding| binding.hotkey.verb)
    }

    /// The hotkeys that work here: their keys, and what they do.
    pub(crate) fn working(&self, language: UiLanguage) -> Vec<(String, &'static str)> {
        let status = self.status(language).into_iter().zip(HOTKEYS);
        let working = status.filter(|(status, _)| status.state == HotkeyState::Working);
        working
            .map(|(status, hotkey)| (language.keys(status.keys), (hotkey.description)(language)))
            .collect()
    }

    /// The status of each of [`HOTKEYS`], in its order.
    pub(crate) fn status(&self, language: UiLanguage) -> Vec<HotkeyStatus> {
        (0..self.bindings.len()).map(|i| self.status_of(i, language)).collect()
    }

    fn status_of(&self, i: usize, language: UiLanguage) -> HotkeyStatus {
        let Binding { hotkey, keys, error, .. } = &self.bindings[i];
        let state = self.state_of(i);
        let message = match state {
            HotkeyState::Portal => Some(self.portal_message(i, language).to_owned()),
            // The window adds the command to bind.
            HotkeyState::Unavailable => Some(language.hotkey_unavailable().to_owned()),
            _ => error.as_ref().map(|error| error.message(language)),
        };
        let keys = keys.map(|keys| keys.to_string()).unwrap_or_default();
        HotkeyStatus { setting: hotkey.setting, keys, state, message, command: hotkey.command }
    }

    fn state_of(&self, i: usize) -> HotkeyState {
        let Binding { keys, error, .. } = &self.bindings[i];
        match (keys, error) {
            (None, _) if self.portal.is_some() => HotkeyState::Off,
            _ if self.portal.is_some() => HotkeyState::Portal,
            _ if self.grabber.is_none() => HotkeyState::Unavailable,
            (None, _) => HotkeyState::Off,
            (Some(_), None) => HotkeyState::Working,
            (Some(_), Some(TakeError::Unavailable)) => HotkeyState::Unavailable,
            (Some(_), Some(_)) => HotkeyState::Taken,
        }
    }

    fn portal_message(&self, i: usize, language: UiLanguage) -> &'static str {
        let is_asked = self.portal.as_ref().is_some_and(|asked| asked[i].is_some());
        if is_asked { language.hotkey_portal() } else { language.hotkey_portal_next_time() }
    }

    fn hold_all(&mut self) {
        let Some(grabber) = self.grabber.as_mut().filter(|_| !self.is_released) else { return };
        for binding in self.bindings.iter_mut().filter(|binding| !binding.is_held) {
            let Some(keys) = binding.keys else { continue };
            binding.error = grabber.take(keys).err();
            binding.is_held = binding.error.is_none();
        }
    }

    fn give_back(&mut self, i: usize) {
        let binding = &mut self.bindings[i];
        let held = binding.keys.filter(|_| binding.is_held);
        if let (Some(grabber), Some(keys)) = (&mut self.grabber, held) {
            grabber.give_back(keys);
        }
        binding.is_held = false;
    }
}

impl Binding {
    fn new(hotkey: &'static Hotkey, keys: Option<KeyCombination>) -> Self {
        Self { hotkey, keys, is_held: false, error: None }
    }

    /// Why new keys are refused. A display that gives no keys is no reason: they are for the next one.
    fn refusal(&self) -> Option<TakeError> {
        self.error.clone().filter(|error| *error != TakeError::Unavailable)
    }
}

impl Drop for Hotkeys {
    fn drop(&mut self) {
        self.release(true);
    }
}

#[cfg(test)]
mod tests;
