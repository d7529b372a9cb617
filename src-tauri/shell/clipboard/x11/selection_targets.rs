//! The formats that the clipboard's owner offers on X11: the selection's `TARGETS` (ICCCM section 2.6.2).

use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, SelectionNotifyEvent, Window};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Result, hidden_window};
use crate::clipboard::error::{OWNER_HANGS, OWNER_TIMEOUT};

/// How often the answer is polled for.
const POLL: Duration = Duration::from_micros(200);

x11rb::atom_manager! {
    /// The names used in asking for the formats.
    Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        POUNCE_TARGETS,
    }
}

/// The names of the formats that the owner of the clipboard offers; empty if it has no owner.
pub(crate) fn offered() -> X11Result<Vec<String>> {
    let (connection, screen) = x11rb::connect(None)?;
    let atoms = Atoms::new(&connection)?.reply()?;
    if connection.get_selection_owner(atoms.CLIPBOARD)?.reply()?.owner == x11rb::NONE {
        return Ok(Vec::new());
    }
    let window = hidden_window(&connection, screen)?;
    let Atoms { CLIPBOARD, TARGETS, POUNCE_TARGETS } = atoms;
    connection.convert_selection(window, CLIPBOARD, TARGETS, POUNCE_TARGETS, CURRENT_TIME)?;
    if wait_for_answer(&connection, window)?.property == x11rb::NONE {
        return Err("the owner of the clipboard does not list its formats".into());
    }
    names_in(&connection, window, POUNCE_TARGETS)
}

/// The names of the atoms listed in a property of `window`.
fn names_in(connection: &RustConnection, window: Window, property: u32) -> X11Result<Vec<String>> {
    let reply =
        connection.get_property(true, window, property, AtomEnum::ATOM, 0, 1024)?.reply()?;
    let names = reply.value32().into_iter().flatten().map(|atom| connection.get_atom_name(atom));
    // All requests are sent before the first reply is awaited.
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}

fn wait_for_answer(connection: &RustConnection, window: Window) -> X11Result<SelectionNotifyEvent> {
    connection.flush()?;
    let start = Instant::now();
    while start.elapsed() < OWNER_TIMEOUT {
        match connection.poll_for_event()? {
            Some(Event::SelectionNotify(notify)) if notify.requestor == window => {
                return Ok(notify);
            }
            Some(_) => {}
            None => std::thread::sleep(POLL),
        }
    }
    Err(OWNER_HANGS.into())
}
