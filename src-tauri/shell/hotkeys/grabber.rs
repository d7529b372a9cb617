//! [`KeyGrabber`]: takes key combinations from the display server.

use global_hotkey::{Error as GrabError, GlobalHotKeyManager};
use thiserror::Error;

use super::key_combination::KeyCombination;
use crate::ui_language::UiLanguage;

/// Why keys could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TakeError {
    /// Another program has them.
    #[error("another program holds {0}; choose other keys")]
    Taken(KeyCombination),
    /// The display server lets no program take keys.
    #[error(
        "hotkeys do not work on this display; bind the command in your desktop's keyboard settings"
    )]
    Unavailable,
    /// The display server refused.
    #[error("{0} cannot be taken: {1}")]
    Refused(KeyCombination, String),
}

impl TakeError {
    /// Why, and the remedy, in the user's language; a message of the display server stays as it is.
    pub(crate) fn message(&self, language: UiLanguage) -> String {
        match self {
            Self::Taken(keys) => language.hotkey_taken(language.keys(keys)),
            Self::Unavailable => language.hotkey_unavailable().to_owned(),
            Self::Refused(keys, why) => language.hotkey_refused(language.keys(keys), why),
        }
    }
}

/// Hands out key combinations to this program.
pub(crate) trait KeyGrabber: Send {
    /// Takes `keys` for this program alone.
    fn take(&mut self, keys: KeyCombination) -> Result<(), TakeError>;
    /// Gives `keys` back.
    fn give_back(&mut self, keys: KeyCombination);
}

/// Grabs keys on an X server.
pub(crate) struct X11Grabber {
    manager: GlobalHotKeyManager,
    /// Whether the server is known to answer.
    is_live: bool,
}

impl X11Grabber {
    /// Connects to the X server.
    pub(crate) fn connect() -> Result<Self, TakeError> {
        let manager = GlobalHotKeyManager::new().map_err(|_| TakeError::Unavailable)?;
        Ok(Self { manager, is_live: false })
    }

    /// Finds out whether the X server answers. If none does, the library's thread ends silently and registering always
    /// succeeds; a server that answers refuses the same keys a second time.
    fn probe(&mut self, keys: KeyCombination) -> Result<(), TakeError> {
        self.is_live =
            matches!(self.manager.register(keys.0), Err(GrabError::AlreadyRegistered(_)));
        if self.is_live { Ok(()) } else { Err(TakeError::Unavailable) }
    }
}

impl KeyGrabber for X11Grabber {
    fn take(&mut self, keys: KeyCombination) -> Result<(), TakeError> {
        match self.manager.register(keys.0) {
            Ok(()) if self.is_live => Ok(()),
            Ok(()) => self.probe(keys),
            Err(GrabError::AlreadyRegistered(_)) => Err(TakeError::Taken(keys)),
            Err(error) => Err(TakeError::Refused(keys, error.to_string())),
        }
    }

    fn give_back(&mut self, keys: KeyCombination) {
        if let Err(error) = self.manager.unregister(keys.0) {
            tracing::warn!(%keys, %error, "a hotkey could not be given back");
        }
    }
}
