//! [`Display`]: the display server that the app runs under, found out before GTK starts: GTK panics without one.

use std::ffi::{OsStr, OsString};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;
use wl_clipboard_rs::utils::is_primary_selection_supported;

/// The display server that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, rename = "DesktopSession"))]
pub(crate) enum Display {
    /// An X server; programs may grab keys and press them.
    X11,
    /// A Wayland compositor; hotkeys come from its portal or its own bindings.
    Wayland,
}

/// No display server answers.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NoDisplay {
    /// Neither variable is set.
    #[error(
        "no display: DISPLAY and WAYLAND_DISPLAY are not set; start pounce in a desktop session, or use `pounce complete`"
    )]
    NotSet,
    /// A variable is set, but no server answers there.
    #[error(
        "no display: nothing answers at {0}; start pounce in a running desktop session, or use `pounce complete`"
    )]
    Dead(String),
}

impl Display {
    /// Connects to the display server that the environment names, Wayland before X11, as GTK does.
    pub(crate) fn probe() -> Result<Self, NoDisplay> {
        let wayland = std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty());
        let x11 = x11_name();
        if let Some(name) = &wayland
            && UnixStream::connect(wayland_socket(name)).is_ok()
        {
            return Ok(Self::Wayland);
        }
        if x11.is_some() && x11rb::connect(None).is_ok() {
            return Ok(Self::X11);
        }
        match x11.or(wayland) {
            Some(name) => Err(NoDisplay::Dead(name.to_string_lossy().into_owned())),
            None => Err(NoDisplay::NotSet),
        }
    }

    /// The server whose clipboard a program without a window can use; `None` if there is none. GNOME's compositor has no
    /// data-control protocol, but it keeps XWayland's clipboard the same as its own. `arboard` chooses alike.
    pub(crate) fn of_clipboard(self) -> Option<Self> {
        let has_data_control = self == Self::Wayland && is_primary_selection_supported().is_ok();
        clipboard_of(self, has_data_control, x11_name().is_some())
    }
}

fn clipboard_of(session: Display, has_data_control: bool, has_x11: bool) -> Option<Display> {
    match session {
        Display::Wayland if has_data_control => Some(Display::Wayland),
        Display::Wayland if !has_x11 => None,
        Display::Wayland | Display::X11 => Some(Display::X11),
    }
}

fn x11_name() -> Option<OsString> {
    std::env::var_os("DISPLAY").filter(|name| !name.is_empty())
}

/// The compositor's socket: `name` is a path, or a name in the runtime folder.
fn wayland_socket(name: &OsStr) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    Path::new(&runtime).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_is_where_a_program_without_a_window_can_use_it() {
        let check = |session, has_data_control, has_x11, expected, why: &str| {
            assert_eq!(clipboard_of(session, has_data_control, has_x11), expected, "{why}");
        };
        let (x11, wayland) = (Display::X11, Display::Wayland);
        check(x11, false, true, Some(x11), "an X server has one for every program");
        check(wayland, true, true, Some(wayland), "KDE and wlroots: the compositor's own");
        check(wayland, true, false, Some(wayland), "the same without XWayland");
        check(wayland, false, true, Some(x11), "GNOME: XWayland's, which is the same content");
        check(wayland, false, false, None, "GNOME without XWayland");
    }
}
