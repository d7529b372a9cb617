//! [`ClipboardManager`]: a program that keeps what others have copied when they end.

use std::process::Stdio;

use x11rb::protocol::xproto::ConnectionExt as _;

use super::desktop::Desktop;
use super::process::Process;
use crate::patience::wait_until;

/// Xfce's settings service, which keeps the clipboard, as those of GNOME and MATE do; dropping it ends it.
pub(crate) struct ClipboardManager(#[expect(dead_code, reason = "it is held")] Process);

impl ClipboardManager {
    /// Starts it, and waits until programs can hand their content over.
    pub(crate) fn start(desktop: &Desktop) -> Self {
        let mut command = desktop.tool_command("xfsettingsd");
        command.args(["--no-daemon", "--disable-wm-check"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(command);
        wait_until("the clipboard manager", || has_manager(desktop));
        Self(process)
    }
}

/// Whether a program has the selection of clipboard managers (freedesktop.org's ClipboardManager specification).
fn has_manager(desktop: &Desktop) -> bool {
    let (connection, _) = x11rb::connect(Some(desktop.display())).expect("the X server runs");
    let atom = connection.intern_atom(false, b"CLIPBOARD_MANAGER").expect("the X server runs");
    let atom = atom.reply().expect("atoms can be made").atom;
    let owner = connection.get_selection_owner(atom).expect("the X server runs");
    owner.reply().expect("every selection can be asked for").owner != x11rb::NONE
}
