//! The clipboard of other programs on a Wayland compositor: wl-clipboard.

use std::io::Write as _;
use std::process::Stdio;

use super::desktop::Desktop;
use super::process::Process;
use crate::patience::wait_until;

/// Copies `content` as `format`, a MIME type, and waits until it is on the clipboard. Dropping the
/// returned process empties the clipboard.
pub(crate) fn copy(desktop: &Desktop, format: &str, content: &str) -> Process {
    let mut command = desktop.tool_command("wl-copy");
    command.args(["--foreground", "--type", format]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().expect("wl-copy can be run; see packages.txt");
    let mut input = process.stdin.take().expect("it was just piped");
    input.write_all(content.as_bytes()).expect("wl-copy reads to the end");
    drop(input);
    wait_until("the copy", || paste(desktop, format) == content);
    Process::from(process)
}

/// The clipboard's content as `format`; empty where it is not offered.
pub(crate) fn paste(desktop: &Desktop, format: &str) -> String {
    let mut command = desktop.tool_command("wl-paste");
    command.args(["--no-newline", "--type", format]).stderr(Stdio::null());
    let output = command.output().expect("wl-paste can be run; see packages.txt");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The formats on offer, one a line.
pub(crate) fn formats(desktop: &Desktop) -> String {
    desktop.tool("wl-paste", &["--list-types"])
}
