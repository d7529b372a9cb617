//! Why something was not done, in the user's language. The command line and the log have the English of the errors
//! themselves.

use crate::clipboard::error::{ClipboardError, Refusal};
use crate::clipboard::paste::{PasteError, PasteRefusal};
use crate::ui_language::UiLanguage;

/// Why a content is left alone.
pub(super) fn refusal(language: UiLanguage, refusal: &Refusal) -> String {
    let text = match refusal {
        Refusal::Empty => language.refusal_empty(),
        Refusal::NothingSelected => language.refusal_nothing_selected(),
        Refusal::Secret => language.refusal_secret(),
        Refusal::Image => language.refusal_image(),
        Refusal::Files => language.refusal_files(),
        Refusal::NotText => language.refusal_not_text(),
        Refusal::TooLarge => language.refusal_too_large(),
        Refusal::WouldBeTooLarge => language.refusal_would_be_too_large(),
        Refusal::Changed => language.refusal_changed(),
        Refusal::Unusable(error) => return clipboard_error(language, error),
    };
    text.to_owned()
}

/// Why the clipboard cannot be used.
fn clipboard_error(language: UiLanguage, error: &ClipboardError) -> String {
    match error {
        ClipboardError::OwnerHangs => language.refusal_owner_hangs().to_owned(),
        ClipboardError::NotHandedOver => language.refusal_not_handed_over().to_owned(),
        ClipboardError::Unusable(why) => language.refusal_unusable(why),
    }
}

/// Why a window did not get the text.
pub(super) fn paste_error(language: UiLanguage, error: &PasteError) -> String {
    let text = match error {
        PasteError::Unsupported => language.paste_unsupported(),
        PasteError::Elsewhere => language.paste_elsewhere(),
        PasteError::Never(program) => return language.paste_never(program),
        PasteError::LinesInTerminal => language.paste_lines_in_terminal(),
        PasteError::KeysHeld => language.paste_keys_held(),
        PasteError::Failed(why) => return language.paste_failed(why),
        PasteError::NotFetched => language.paste_not_fetched(),
        PasteError::FetchedElsewhere => language.paste_fetched_elsewhere(),
    };
    text.to_owned()
}

/// Why a completion was not pasted.
pub(super) fn paste_refusal(language: UiLanguage, refused: &PasteRefusal) -> String {
    match refused {
        PasteRefusal::Clipboard(why) => refusal(language, why),
        PasteRefusal::NoWindow(why) | PasteRefusal::NotTaken(why) => paste_error(language, why),
        PasteRefusal::Overtaken(why) => language.paste_overtaken(paste_error(language, why)),
        PasteRefusal::Restore(error) => language.paste_restore(clipboard_error(language, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_english_the_reasons_are_those_of_the_command_line() {
        let refusals = [
            Refusal::Empty,
            Refusal::NothingSelected,
            Refusal::Secret,
            Refusal::Image,
            Refusal::Files,
            Refusal::NotText,
            Refusal::TooLarge,
            Refusal::WouldBeTooLarge,
            Refusal::Changed,
            Refusal::Unusable(ClipboardError::OwnerHangs),
            Refusal::Unusable(ClipboardError::NotHandedOver),
            Refusal::Unusable(ClipboardError::new("it is gone")),
        ];
        for why in refusals {
            assert_eq!(refusal(UiLanguage::En, &why), why.to_string());
        }
        let errors = [
            PasteError::Unsupported,
            PasteError::Elsewhere,
            PasteError::Never("keepassxc".into()),
            PasteError::LinesInTerminal,
            PasteError::KeysHeld,
            PasteError::Failed("it is gone".into()),
            PasteError::NotFetched,
            PasteError::FetchedElsewhere,
        ];
        for why in errors {
            assert_eq!(paste_error(UiLanguage::En, &why), why.to_string());
            let overtaken = PasteRefusal::Overtaken(why);
            assert_eq!(paste_refusal(UiLanguage::En, &overtaken), overtaken.to_string());
        }
        let restore = PasteRefusal::Restore(ClipboardError::OwnerHangs);
        assert_eq!(paste_refusal(UiLanguage::En, &restore), restore.to_string());
    }
}
