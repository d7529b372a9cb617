//! Which display server the app runs under, found out before GTK is asked: GTK panics without one.

use std::ffi::OsStr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The display server that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Display {
    /// An X server; programs may grab keys and send them.
    X11,
    /// A Wayland compositor; keys come from its portal or its own bindings.
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
    /// A variable is set, but nobody answers there.
    #[error(
        "no display: nothing answers at {0}; start pounce in a running desktop session, or use `pounce complete`"
    )]
    Dead(String),
}

impl Display {
    /// Connects to the display server that the environment names, Wayland before X11, as GTK does.
    pub(crate) fn probe() -> Result<Self, NoDisplay> {
        let wayland = std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty());
        let x11 = std::env::var_os("DISPLAY").filter(|name| !name.is_empty());
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
}

/// The compositor's socket: `name` is a path, or a name in the runtime folder.
fn wayland_socket(name: &OsStr) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    Path::new(&runtime).join(name)
}
