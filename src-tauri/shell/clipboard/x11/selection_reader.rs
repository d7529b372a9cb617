//! [`SelectionReader`]: asks the clipboard's owner for its content in one format (ICCCM section 2.4).

use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, GetPropertyReply, SelectionNotifyEvent, Window,
};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Result, hidden_window};
use crate::clipboard::content::MAX_HINT_BYTES;
use crate::clipboard::error::{HINT_TIMEOUT, OWNER_HANGS};

/// How often the answer is polled for.
const POLL: Duration = Duration::from_micros(200);

x11rb::atom_manager! {
    /// The names used in asking.
    Atoms: AtomsCookie {
        CLIPBOARD,
        INCR,
        POUNCE_CONTENT,
    }
}

/// A small content in the format of this name.
///
/// # Errors
/// If it is not offered or larger than [`MAX_HINT_BYTES`], or its owner takes longer than [`HINT_TIMEOUT`].
pub(crate) fn hint(format: &str) -> X11Result<Vec<u8>> {
    let reader = SelectionReader::connect()?.ok_or("the clipboard is empty")?;
    let limits = ReadLimits { max_bytes: MAX_HINT_BYTES, timeout: HINT_TIMEOUT };
    let content = reader.read(format, limits)?;
    Ok(content.ok_or("the owner of the clipboard does not offer this format")?.value)
}

/// How much is read, and how long that may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadLimits {
    /// The largest content, in bytes.
    pub(super) max_bytes: usize,
    /// How long the owner may take to answer.
    pub(super) timeout: Duration,
}

/// A connection on which the owner of the clipboard is asked.
pub(super) struct SelectionReader {
    pub(super) connection: RustConnection,
    window: Window,
    atoms: Atoms,
}

impl SelectionReader {
    /// Connects to the X server; `None` if the clipboard has no owner.
    pub(super) fn connect() -> X11Result<Option<Self>> {
        let (connection, screen) = x11rb::connect(None)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        if connection.get_selection_owner(atoms.CLIPBOARD)?.reply()?.owner == x11rb::NONE {
            return Ok(None);
        }
        let window = hidden_window(&connection, screen)?;
        Ok(Some(Self { connection, window, atoms }))
    }

    /// The content in the format of this name; `None` if the owner refuses it.
    ///
    /// # Errors
    /// If the content is larger than the limit, or its owner does not answer in time.
    pub(super) fn read(
        &self,
        format: &str,
        limits: ReadLimits,
    ) -> X11Result<Option<GetPropertyReply>> {
        let Atoms { CLIPBOARD, INCR, POUNCE_CONTENT } = self.atoms;
        let target = self.connection.intern_atom(false, format.as_bytes())?.reply()?.atom;
        self.connection.convert_selection(
            self.window,
            CLIPBOARD,
            target,
            POUNCE_CONTENT,
            CURRENT_TIME,
        )?;
        if self.wait_for_answer(limits.timeout)?.property == x11rb::NONE {
            return Ok(None);
        }
        // The length is counted in units of four bytes.
        let length = limits.max_bytes.div_ceil(4) as u32;
        let any = AtomEnum::ANY;
        let property =
            self.connection.get_property(true, self.window, POUNCE_CONTENT, any, 0, length)?;
        let content = property.reply()?;
        // INCR announces that the content will come in pieces (ICCCM section 2.7.2).
        if content.type_ == INCR || content.bytes_after > 0 {
            return Err(format!("the content has more than {} bytes", limits.max_bytes).into());
        }
        Ok(Some(content))
    }

    fn wait_for_answer(&self, timeout: Duration) -> X11Result<SelectionNotifyEvent> {
        self.connection.flush()?;
        let start = Instant::now();
        while start.elapsed() < timeout {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionNotify(notify)) if notify.requestor == self.window => {
                    return Ok(notify);
                }
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Err(OWNER_HANGS.into())
    }
}
