//! [`SelectionTransfer`]: fetches the clipboard's content from the program that owns it, in one piece or in many (ICCCM
//! sections 2.4 and 2.7.2).
//!
//! An owner may be slow, or send chunks for ever. `arboard` waits as long as they come and keeps them all, so the size and
//! the time of a whole transfer are bounded here.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetPropertyReply,
    Property, Window,
};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Result, hidden_window};
use crate::clipboard::content::MAX_READ_BYTES;
use crate::clipboard::error::{OWNER_HANGS, OWNER_TIMEOUT};

/// How often an answer is polled for.
const POLL: Duration = Duration::from_micros(200);

x11rb::atom_manager! {
    /// The names used in asking for content.
    Atoms: AtomsCookie {
        CLIPBOARD,
        INCR,
        POUNCE_CONTENT,
    }
}

/// One look at the clipboard: all its transfers together take no longer than [`OWNER_TIMEOUT`].
pub(crate) struct SelectionTransfer {
    pub(super) connection: RustConnection,
    atoms: Atoms,
    /// Whose property the owner writes.
    window: Window,
    end: Instant,
}

impl SelectionTransfer {
    /// Connects to the X server.
    pub(crate) fn start() -> X11Result<Self> {
        let end = Instant::now() + OWNER_TIMEOUT;
        let (connection, screen) = x11rb::connect(None)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let window = hidden_window(&connection, screen)?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.change_window_attributes(window, &events)?;
        Ok(Self { connection, atoms, window, end })
    }

    /// Whether any program owns the clipboard.
    pub(crate) fn has_owner(&self) -> X11Result<bool> {
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
        Ok(owner != x11rb::NONE)
    }

    /// The content in the format of this name, of which no more than [`MAX_READ_BYTES`] are read; `None` if the owner has
    /// no such format.
    pub(crate) fn fetch(&self, format: &str) -> X11Result<Option<Vec<u8>>> {
        let target = self.connection.intern_atom(false, format.as_bytes())?.reply()?.atom;
        let Atoms { CLIPBOARD, POUNCE_CONTENT, INCR } = self.atoms;
        let now = x11rb::CURRENT_TIME;
        self.connection.convert_selection(self.window, CLIPBOARD, target, POUNCE_CONTENT, now)?;
        if !self.is_granted(target)? {
            return Ok(None);
        }
        let reply = self.take_property()?;
        if reply.type_ == INCR {
            return collect(|| self.next_chunk()).map(Some);
        }
        Ok(Some(reply.value))
    }

    /// Waits for the owner's answer. Returns whether it has written the property.
    fn is_granted(&self, wanted: Atom) -> X11Result<bool> {
        self.wait(|event| match event {
            Event::SelectionNotify(notify) if notify.target == wanted => {
                Some(notify.property != x11rb::NONE)
            }
            _ => None,
        })
    }

    /// Waits for the next piece of an incremental transfer; `None` if there was none yet, and empty at the end.
    fn next_chunk(&self) -> X11Result<Option<Vec<u8>>> {
        let property = self.atoms.POUNCE_CONTENT;
        self.wait(|event| match event {
            Event::PropertyNotify(notify) => {
                (notify.atom == property && notify.state == Property::NEW_VALUE).then_some(())
            }
            _ => None,
        })?;
        let chunk = self.take_property()?;
        Ok((chunk.type_ != x11rb::NONE).then_some(chunk.value))
    }

    /// Reads the property and deletes it, which asks the owner for the next piece. What is too large stays.
    fn take_property(&self) -> X11Result<GetPropertyReply> {
        // Counted in units of four bytes.
        let length = (MAX_READ_BYTES / 4) as u32;
        let (property, any) = (self.atoms.POUNCE_CONTENT, AtomEnum::ANY);
        Ok(self.connection.get_property(true, self.window, property, any, 0, length)?.reply()?)
    }

    fn wait<T>(&self, mut wanted: impl FnMut(Event) -> Option<T>) -> X11Result<T> {
        self.connection.flush()?;
        while Instant::now() < self.end {
            match self.connection.poll_for_event()?.map(&mut wanted) {
                Some(Some(found)) => return Ok(found),
                Some(None) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Err(OWNER_HANGS.into())
    }
}

/// Puts the pieces of `next` together until an empty one, or until they are as large as anything that is read.
fn collect(mut next: impl FnMut() -> X11Result<Option<Vec<u8>>>) -> X11Result<Vec<u8>> {
    let mut content = Vec::new();
    while content.len() < MAX_READ_BYTES {
        match next()? {
            Some(chunk) if chunk.is_empty() => break,
            Some(chunk) => content.extend(chunk),
            None => {}
        }
    }
    content.truncate(MAX_READ_BYTES);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_that_never_ends_is_read_up_to_the_limit() {
        let chunk = vec![b'x'; 64 << 10];
        let mut n_chunks = 0;
        let content = collect(|| {
            n_chunks += 1;
            Ok(Some(chunk.clone()))
        });
        assert_eq!(content.unwrap().len(), MAX_READ_BYTES, "enough to see that it is too large");
        assert_eq!(n_chunks, MAX_READ_BYTES / chunk.len() + 1, "and no chunk more");
    }

    #[test]
    fn pieces_are_put_together() {
        let mut chunks =
            [Some(b"let ".to_vec()), None, Some(b"x".to_vec()), Some(Vec::new())].into_iter();
        let content = collect(|| Ok(chunks.next().expect("nothing is asked for after the end")));
        assert_eq!(content.unwrap(), b"let x", "up to the empty piece");
    }

    #[test]
    fn an_owner_that_hangs_is_an_error() {
        assert!(collect(|| Err(OWNER_HANGS.into())).is_err(), "no part of a content is returned");
    }
}
