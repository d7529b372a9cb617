//! [`ClipboardManager`]: a program that keeps what others have copied when they end, and [`ClipboardHistory`]: one that
//! keeps everything that is copied.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

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

/// The desktop's clipboard manager, which reads whatever is copied; dropping it ends it.
pub(crate) struct ClipboardHistory {
    texts: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ClipboardHistory {
    pub(crate) fn start(desktop: &Desktop) -> Self {
        let reader = HistoryReader::connect(desktop).expect("the X server runs");
        let (texts, is_over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (kept, ends) = (texts.clone(), is_over.clone());
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                match reader.next_text().expect("the X server runs") {
                    Some(text) => kept.lock().expect("no holder panics").push(text),
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            }
        });
        Self { texts, is_over, thread: Some(thread) }
    }

    /// What was copied since the start, oldest first.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.texts.lock().expect("no holder panics").clone()
    }
}

impl Drop for ClipboardHistory {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The connection of a [`ClipboardHistory`].
struct HistoryReader {
    connection: RustConnection,
    window: Window,
    clipboard: Atom,
    text: Atom,
}

impl HistoryReader {
    fn connect(desktop: &Desktop) -> Result<Self, Box<dyn std::error::Error>> {
        let (connection, screen) = x11rb::connect(Some(desktop.display()))?;
        let window = connection.generate_id()?;
        let root = connection.setup().roots[screen].root;
        let (class, attributes) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &attributes)?;
        let clipboard = connection.intern_atom(false, b"CLIPBOARD")?.reply()?.atom;
        let text = connection.intern_atom(false, b"UTF8_STRING")?.reply()?.atom;
        let manager = connection.intern_atom(false, b"CLIPBOARD_MANAGER")?.reply()?.atom;
        connection.set_selection_owner(window, manager, x11rb::CURRENT_TIME)?.check()?;
        connection.xfixes_query_version(5, 0)?.reply()?;
        let mask = SelectionEventMask::SET_SELECTION_OWNER;
        connection.xfixes_select_selection_input(window, clipboard, mask)?.check()?;
        Ok(Self { connection, window, clipboard, text })
    }

    /// The text that has come; `None` if none has. Asks for each content that is reported.
    fn next_text(&self) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let Self { connection, window, clipboard, text } = self;
        match connection.poll_for_event()? {
            Some(Event::XfixesSelectionNotify(change)) => {
                let time = change.selection_timestamp;
                connection.convert_selection(*window, *clipboard, *text, *text, time)?;
                connection.flush()?;
                Ok(None)
            }
            Some(Event::SelectionNotify(answer)) if answer.property != x11rb::NONE => {
                let content =
                    connection.get_property(true, *window, *text, AtomEnum::ANY, 0, 1 << 20)?;
                Ok(Some(String::from_utf8(content.reply()?.value)?))
            }
            _ => Ok(None),
        }
    }
}
