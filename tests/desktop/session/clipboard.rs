//! The clipboard as other programs use it, through xclip.

use std::io::Write as _;
use std::process::Stdio;

use super::desktop::Desktop;
use super::process::Process;
use crate::patience::wait_until;

/// An xclip process that owns the clipboard. Dropping it kills the process; the X server notices a
/// little later.
pub(crate) struct Copied(Process);

impl Copied {
    /// Copies `content` as `format`, such as `UTF8_STRING`, and waits until it is on the clipboard.
    pub(crate) fn new(desktop: &Desktop, format: &str, content: &[u8]) -> Self {
        let copied = Self::offer(desktop, "clipboard", format, content);
        wait_until("the copy", || read(desktop, format) == content);
        copied
    }

    /// Selects text without copying it, and waits until it is the primary selection.
    pub(crate) fn selected(desktop: &Desktop, text: &str) -> Self {
        let selected = Self::offer(desktop, "primary", "UTF8_STRING", text.as_bytes());
        let primary = || desktop.tool("xclip", &["-o", "-selection", "primary"]);
        wait_until("the selection", || primary() == text.trim_end());
        selected
    }

    fn offer(desktop: &Desktop, selection: &str, format: &str, content: &[u8]) -> Self {
        let mut command = desktop.tool_command("xclip");
        // In the foreground, so that it can be stopped. Without output, or it would keep the test's
        // pipes open.
        command.args(["-quiet", "-selection", selection, "-target", format]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("xclip can be run; see packages.txt");
        let mut input = process.stdin.take().expect("it was just piped");
        input.write_all(content).expect("xclip reads to the end");
        drop(input);
        Self(Process::from(process))
    }

    /// Copies text.
    pub(crate) fn text(desktop: &Desktop, text: &str) -> Self {
        Self::new(desktop, "UTF8_STRING", text.as_bytes())
    }

    /// Stops the program, so that it answers no request, or lets it go on.
    pub(crate) fn freeze(&self, desktop: &Desktop, is_frozen: bool) {
        let signal = if is_frozen { "-STOP" } else { "-CONT" };
        desktop.tool("kill", &[signal, &self.0.id().to_string()]);
    }
}

/// The clipboard's content as `format`; empty if that is not offered.
pub(crate) fn read(desktop: &Desktop, format: &str) -> Vec<u8> {
    let mut command = desktop.tool_command("xclip");
    command.args(["-o", "-selection", "clipboard", "-target", format]).stderr(Stdio::null());
    command.output().expect("xclip can be run; see packages.txt").stdout
}

/// The clipboard's content as text.
pub(crate) fn text(desktop: &Desktop) -> String {
    String::from_utf8_lossy(&read(desktop, "UTF8_STRING")).into_owned()
}

/// The formats that the clipboard's owner offers, one a line.
pub(crate) fn owner_formats(desktop: &Desktop) -> String {
    String::from_utf8_lossy(&read(desktop, "TARGETS")).into_owned()
}
