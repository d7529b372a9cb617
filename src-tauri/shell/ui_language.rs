//! [`UiLanguage`]: the language of windows, tray menu and notices, and what the shell says in it.
//!
//! Each message of the section `shell` in `ui/messages` is a method here (`build.rs`), with an argument for each of its
//! placeholders, in alphabetical order. The rest of the files are messages of the pages. The command line and the log stay English, and so do
//! the details of errors that another part of the program gives.

use pounce_service::settings::LanguageChoice;
use serde::Serialize;

/// A language of the windows, the tray menu and the notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum UiLanguage {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

impl UiLanguage {
    /// The language that the user has chosen, or else the desktop's.
    pub(crate) fn of(choice: LanguageChoice) -> Self {
        match choice {
            LanguageChoice::Auto => Self::of_locales(sys_locale::get_locales()),
            LanguageChoice::En => Self::En,
            LanguageChoice::De => Self::De,
            LanguageChoice::Fr => Self::Fr,
            LanguageChoice::Es => Self::Es,
        }
    }

    /// Its code, such as `de`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// Keys as they are printed on keyboards of this language: `Strg+Alt+Leertaste` for `Ctrl+Alt+Space`.
    pub(crate) fn keys(self, keys: impl ToString) -> String {
        let name = |key| match key {
            "Ctrl" => self.key_ctrl(),
            "Shift" => self.key_shift(),
            "Space" => self.key_space(),
            other => other,
        };
        keys.to_string().split('+').map(name).collect::<Vec<_>>().join("+")
    }

    /// The first language of the user's locales (BCP 47, preferred first) that there is; English if there is none.
    fn of_locales(locales: impl IntoIterator<Item = String>) -> Self {
        locales.into_iter().find_map(|locale| Self::of_locale(&locale)).unwrap_or_default()
    }

    fn of_locale(locale: &str) -> Option<Self> {
        match locale.split(['-', '_', '.']).next()? {
            "en" | "C" | "POSIX" => Some(Self::En),
            "de" => Some(Self::De),
            "fr" => Some(Self::Fr),
            "es" => Some(Self::Es),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktop_s_language_is_the_first_one_that_there_is() {
        let check = |locales: &[&str], expected| {
            let locales = locales.iter().map(ToString::to_string);
            assert_eq!(UiLanguage::of_locales(locales), expected);
        };
        check(&["de-AT"], UiLanguage::De);
        check(&["pt-BR", "es-MX", "en-US"], UiLanguage::Es);
        check(&["C.UTF-8", "fr-FR"], UiLanguage::En);
        check(&["ja-JP"], UiLanguage::En);
        check(&[], UiLanguage::En);
    }

    #[test]
    fn keys_are_named_as_on_the_keyboard() {
        assert_eq!(UiLanguage::De.keys("Ctrl+Alt+Space"), "Strg+Alt+Leertaste");
        assert_eq!(UiLanguage::En.keys("Super+J"), "Super+J");
    }

    #[test]
    fn a_choice_is_taken_as_it_is() {
        assert_eq!(UiLanguage::of(LanguageChoice::Fr), UiLanguage::Fr);
    }
}
