//! The state of the app in words: the first lines of the menu, and the tooltip of the icon.

use super::view::TrayView;
use crate::app::state::AppState;

/// The state of the app in one line.
pub(crate) fn status_line(view: &TrayView) -> String {
    let language = view.language;
    let state = match view.state {
        AppState::Loading => language.tray_state_loading(),
        AppState::Ready | AppState::Working => language.tray_state_ready(),
        AppState::Degraded => language.tray_state_degraded(),
        AppState::Paused => language.tray_state_paused(),
    };
    match &view.detail {
        Some(detail) if view.state == AppState::Loading => language.tray_line(detail),
        Some(detail) => language.tray_line_why(state, detail),
        None => language.tray_line(state),
    }
}

/// The hotkeys that work, a line each.
pub(crate) fn hotkey_lines(view: &TrayView) -> impl Iterator<Item = String> {
    view.hotkeys.iter().map(|(keys, what)| view.language.tray_hotkey(keys, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tray::test_view::view;
    use crate::ui_language::UiLanguage;

    #[test]
    fn the_first_line_says_why() {
        let detail = Some("no model is installed".to_owned());
        let view = TrayView { state: AppState::Degraded, detail, ..view() };
        let expected = "Pounce: needs attention, no model is installed";
        assert_eq!(status_line(&view), expected, "the reason beside the state");
    }

    #[test]
    fn the_state_is_in_the_user_s_language() {
        let view = TrayView { language: UiLanguage::De, ..view() };
        assert_eq!(status_line(&view), "Pounce: bereit");
    }

    #[test]
    fn each_hotkey_has_a_line() {
        let lines: Vec<_> = hotkey_lines(&view()).collect();
        assert_eq!(lines, ["Ctrl+Alt+Space: complete the clipboard"]);
    }
}
