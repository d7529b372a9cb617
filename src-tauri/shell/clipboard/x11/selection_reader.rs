//! [`SelectionReader`]: asks the clipboard's owner for its content, which comes in one piece or in many (ICCCM sections 2.4
//! and 2.7.2).
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
use crate::clipboard::error::ClipboardError;
use crate::clipboard::source::{Selection, Source};

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

/// At most `max_bytes` of the content of a selection in the format of this name.
///
/// # Errors
/// If it is not handed over, or not in time.
pub(crate) fn content(source: Source, format: &str, max_bytes: usize) -> X11Result<Vec<u8>> {
    let reader = SelectionReader::connect(source)?.ok_or(ClipboardError::NotHandedOver)?;
    let content = reader.read(format, max_bytes)?.ok_or(ClipboardError::NotHandedOver)?;
    Ok(content.bytes)
}

/// What the owner of a selection has answered.
pub(super) struct OwnerContent {
    /// The type of the content, most often the format itself.
    pub(super) type_: Atom,
    /// How many bits each item has.
    pub(super) item_bits: u8,
    /// The items.
    pub(super) bytes: Vec<u8>,
}

/// A connection on which the owner of a selection is asked.
pub(super) struct SelectionReader {
    pub(super) connection: RustConnection,
    /// The window that owns the selection.
    pub(super) owner: Window,
    atoms: Atoms,
    selection: Atom,
    /// When the owner has to be done, with everything that is read here.
    end: Instant,
    /// Whose property the owner writes.
    window: Window,
}

impl SelectionReader {
    /// Connects to the X server; `None` if the selection has no owner.
    pub(super) fn connect(source: Source) -> X11Result<Option<Self>> {
        let (connection, screen) = x11rb::connect(None)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let selection = match source.selection {
            Selection::Clipboard => atoms.CLIPBOARD,
            Selection::Primary => AtomEnum::PRIMARY.into(),
        };
        let owner = connection.get_selection_owner(selection)?.reply()?.owner;
        if owner == x11rb::NONE {
            return Ok(None);
        }
        let window = hidden_window(&connection, screen)?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.change_window_attributes(window, &events)?;
        Ok(Some(Self { connection, owner, atoms, selection, end: source.end_from_now(), window }))
    }

    /// At most `max_bytes` of the content in the format of this name; `None` if the owner does not hand it over.
    ///
    /// # Errors
    /// If the owner is not done in time.
    pub(super) fn read(&self, format: &str, max_bytes: usize) -> X11Result<Option<OwnerContent>> {
        let target = self.connection.intern_atom(false, format.as_bytes())?.reply()?.atom;
        let Atoms { POUNCE_CONTENT, INCR, .. } = self.atoms;
        let (selection, now) = (self.selection, x11rb::CURRENT_TIME);
        self.connection.convert_selection(self.window, selection, target, POUNCE_CONTENT, now)?;
        if !self.is_granted(target)? {
            return Ok(None);
        }
        let GetPropertyReply { type_, format: item_bits, value: bytes, .. } =
            self.take_property(max_bytes)?;
        if type_ == INCR {
            return self.read_chunks(max_bytes).map(Some);
        }
        Ok((type_ != x11rb::NONE).then_some(OwnerContent { type_, item_bits, bytes }))
    }

    /// Reads an incremental transfer to its end. The type is that of the pieces.
    fn read_chunks(&self, max_bytes: usize) -> X11Result<OwnerContent> {
        let (mut type_, mut item_bits) = (x11rb::NONE, 8);
        let bytes = collect(max_bytes, || {
            let Some(chunk) = self.next_chunk(max_bytes)? else { return Ok(None) };
            (type_, item_bits) = (chunk.type_, chunk.format);
            Ok(Some(chunk.value))
        })?;
        Ok(OwnerContent { type_, item_bits, bytes })
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
    fn next_chunk(&self, max_bytes: usize) -> X11Result<Option<GetPropertyReply>> {
        let property = self.atoms.POUNCE_CONTENT;
        self.wait(|event| match event {
            Event::PropertyNotify(notify) => {
                (notify.atom == property && notify.state == Property::NEW_VALUE).then_some(())
            }
            _ => None,
        })?;
        let chunk = self.take_property(max_bytes)?;
        Ok((chunk.type_ != x11rb::NONE).then_some(chunk))
    }

    /// Reads the property and deletes it, which asks the owner for the next piece. What is too large stays.
    fn take_property(&self, max_bytes: usize) -> X11Result<GetPropertyReply> {
        // Counted in units of four bytes.
        let length = max_bytes.div_ceil(4) as u32;
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
        Err(ClipboardError::OwnerHangs.into())
    }
}

/// Puts the pieces of `next` together until one is empty. What exceeds `max_bytes` is taken and thrown away: an owner whose
/// transfer is left in the middle may never answer again, as xclip does.
fn collect(
    max_bytes: usize,
    mut next: impl FnMut() -> X11Result<Option<Vec<u8>>>,
) -> X11Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        match next() {
            Ok(Some(chunk)) if chunk.is_empty() => return Ok(content),
            Ok(Some(mut chunk)) => {
                chunk.truncate(max_bytes - content.len());
                content.append(&mut chunk);
            }
            Ok(None) => {}
            // It is too large already, however much more would have come.
            Err(_) if content.len() == max_bytes => return Ok(content),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1 << 20;

    #[test]
    fn an_owner_that_never_ends_is_read_up_to_the_limit() {
        let chunk = vec![b'x'; 64 << 10];
        // The time is over after some of them.
        let mut chunks = std::iter::repeat_n(chunk, 1_000);
        let content =
            collect(LIMIT, || Ok(Some(chunks.next().ok_or(ClipboardError::OwnerHangs)?))).unwrap();
        assert_eq!(content.len(), LIMIT, "enough to see that it is too large");
        assert!(content.capacity() <= 2 * LIMIT, "and no more is kept");
    }

    #[test]
    fn a_transfer_is_taken_to_its_end() {
        let mut chunks = vec![vec![b'x'; LIMIT], vec![b'y'; LIMIT], Vec::new()].into_iter();
        let content = collect(LIMIT, || Ok(chunks.next())).unwrap();
        assert_eq!(content, vec![b'x'; LIMIT], "as far as the limit");
        assert_eq!(chunks.next(), None, "the owner is not left waiting");
    }

    #[test]
    fn pieces_are_put_together() {
        let mut chunks =
            [Some(b"let ".to_vec()), None, Some(b"x".to_vec()), Some(Vec::new())].into_iter();
        let content =
            collect(LIMIT, || Ok(chunks.next().expect("nothing is asked for after the end")));
        assert_eq!(content.unwrap(), b"let x", "up to the empty piece");
    }

    #[test]
    fn an_owner_that_hangs_is_an_error() {
        assert!(
            collect(LIMIT, || Err(ClipboardError::OwnerHangs.into())).is_err(),
            "no part of a content is returned"
        );
    }
}
