//! The names of the formats that the clipboard's owner offers, which tell a secret, a picture or files from text.
//!
//! X11: the selection's `TARGETS` (ICCCM section 2.6.2). Wayland: the MIME types of the data-control protocol.

use std::time::{Duration, Instant};

use wl_clipboard_rs::paste::{self, ClipboardType, Seat};
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt, CreateWindowAux, SelectionNotifyEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::board::BoardError;
use crate::display::Display;

/// How long an owner may take to answer. Owners answer within a millisecond; one that does not hangs. As long as
/// `arboard` waits for the content on X11.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);
/// What is said of an owner that hangs.
pub(crate) const SILENT: &str = "the program that copied does not answer; copy again";
/// Between two looks for the answer.
const POLL: Duration = Duration::from_micros(200);

x11rb::atom_manager! {
    /// The atoms that asking for the formats takes.
    Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        POUNCE_TARGETS,
    }
}

/// The formats that the owner of the clipboard offers; empty where nobody owns it.
pub(crate) fn offered(display: Display) -> Result<Vec<String>, BoardError> {
    match display {
        Display::X11 => x11_targets().map_err(|error| BoardError(format!("X11: {error}"))),
        Display::Wayland => wayland_types(),
    }
}

fn wayland_types() -> Result<Vec<String>, BoardError> {
    match paste::get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified) {
        Ok(types) => Ok(types),
        Err(paste::Error::NoSeats | paste::Error::ClipboardEmpty | paste::Error::NoMimeType) => {
            Ok(Vec::new())
        }
        Err(error) => Err(BoardError(format!("Wayland: {error}"))),
    }
}

/// What X11 fails with: a connection, a request or a reply.
pub(crate) type X11Result<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn x11_targets() -> X11Result<Vec<String>> {
    let (connection, screen) = x11rb::connect(None)?;
    let atoms = Atoms::new(&connection)?.reply()?;
    if connection.get_selection_owner(atoms.CLIPBOARD)?.reply()?.owner == x11rb::NONE {
        return Ok(Vec::new());
    }
    let window = hidden_window(&connection, screen)?;
    connection.convert_selection(
        window,
        atoms.CLIPBOARD,
        atoms.TARGETS,
        atoms.POUNCE_TARGETS,
        CURRENT_TIME,
    )?;
    let notify = wait_for_answer(&connection, window)?;
    if notify.property == x11rb::NONE {
        return Err("the owner of the clipboard does not tell its formats".into());
    }
    let reply = connection
        .get_property(true, window, atoms.POUNCE_TARGETS, AtomEnum::ATOM, 0, 1024)?
        .reply()?;
    let names = reply.value32().into_iter().flatten().map(|atom| connection.get_atom_name(atom));
    // All requests are sent before the first reply is awaited.
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}

/// A window that nobody sees, to ask the X server with.
pub(crate) fn hidden_window(connection: &RustConnection, screen: usize) -> X11Result<Window> {
    let window = connection.generate_id()?;
    let root = connection.setup().roots[screen].root;
    let no_attributes = CreateWindowAux::new();
    connection.create_window(
        0,
        window,
        root,
        0,
        0,
        1,
        1,
        0,
        WindowClass::INPUT_ONLY,
        0,
        &no_attributes,
    )?;
    Ok(window)
}

fn wait_for_answer(connection: &RustConnection, window: Window) -> X11Result<SelectionNotifyEvent> {
    connection.flush()?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match connection.poll_for_event()? {
            Some(Event::SelectionNotify(notify)) if notify.requestor == window => {
                return Ok(notify);
            }
            Some(_) => {}
            None => std::thread::sleep(POLL),
        }
    }
    Err(SILENT.into())
}
