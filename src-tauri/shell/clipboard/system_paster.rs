//! [`SystemPaster`]: pasting on this desktop.
//!
//! X11 only. No Wayland compositor lets a program press keys without asking the user each time; there the completion
//! is copied instead.

use pounce_engine::CancelToken;

use super::paste::{PasteError, PasteTarget, PasteWish, Paster, WindowId};
use super::x11::target_window::{self, TargetWindow};
use super::x11::window_title;
use crate::display::Display;

/// Pastes into windows of a session on this display.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemPaster(pub(crate) Display);

impl Paster for SystemPaster {
    fn wait_for_release(&mut self, cancel: &CancelToken) -> Result<(), PasteError> {
        match self.0 {
            Display::X11 => target_window::wait_for_release(cancel),
            Display::Wayland => Ok(()),
        }
    }

    fn target_window(
        &mut self,
        wish: &PasteWish<'_>,
    ) -> Result<Box<dyn PasteTarget + '_>, PasteError> {
        if self.0 == Display::Wayland {
            return Err(PasteError::Unsupported);
        }
        let target = TargetWindow::focused(wish)?;
        match wish.window {
            Some(expected) if expected != target.id() => Err(PasteError::Elsewhere),
            _ => Ok(Box::new(target)),
        }
    }
}

/// The window that has the focus now; `None` on Wayland, and if the X server does not answer.
pub(crate) fn focused_window(display: Display) -> Option<WindowId> {
    (display == Display::X11).then(target_window::focused)?.ok()
}

/// The title of the window that has the focus now; empty on Wayland, and if nothing tells it.
pub(crate) fn focused_title(display: Display) -> String {
    let title = (display == Display::X11).then(window_title::focused_title);
    title.and_then(Result::ok).flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasting_on_wayland_is_refused() {
        let mut paster = SystemPaster(Display::Wayland);
        let cancel = CancelToken::new();
        let refusal = paster.target_window(&PasteWish::anywhere(&cancel)).err();
        assert_eq!(refusal, Some(PasteError::Unsupported), "so that it is copied instead");
    }
}
