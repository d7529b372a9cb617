//! A text that is offered to every program on X11 in place of the clipboard's content, by the one who wants to know
//! whether a certain program has fetched it (ICCCM section 2). `arboard` tells only that somebody has, and clipboard
//! managers fetch everything.

use std::rc::Rc;
use std::time::{Duration, Instant};

use pounce_engine::CancelToken;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, EventMask, InputFocus, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::targets::{X11Result, hidden_window};

/// How long those who asked before the offer ended are waited for.
const FAREWELL: Duration = Duration::from_millis(200);
/// Between two looks for a request.
const POLL: Duration = Duration::from_millis(1);

x11rb::atom_manager! {
    /// The formats of a text and what asking for it takes.
    Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        UTF8_STRING,
        UTF8_MIME: b"text/plain;charset=utf-8",
        STRING,
        TEXT,
        PLAIN_MIME: b"text/plain",
    }
}

/// How long there is to fetch the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    /// The most that is waited.
    pub(crate) limit: Duration,
    /// How long the awaited program may take to ask again, once it has the text: some ask twice.
    pub(crate) settle: Duration,
    /// Ends the waiting early.
    pub(crate) cancel: &'a CancelToken,
}

/// Who has fetched the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The awaited program has fetched it.
    Awaited,
    /// Another program has; whether for the awaited one, nobody can tell.
    Other,
    /// Nobody has.
    Nobody,
}

/// The offer. Dropping it answers those who have asked, and leaves nothing of it on the clipboard.
pub(crate) struct Offer {
    connection: Rc<RustConnection>,
    atoms: Atoms,
    window: Window,
    text: String,
}

impl Offer {
    /// Takes the clipboard.
    pub(crate) fn make(
        connection: Rc<RustConnection>,
        screen: usize,
        text: &str,
    ) -> X11Result<Self> {
        let atoms = Atoms::new(&*connection)?.reply()?;
        let window = hidden_window(&connection, screen)?;
        connection.set_selection_owner(window, atoms.CLIPBOARD, x11rb::CURRENT_TIME)?.check()?;
        Ok(Self { connection, atoms, window, text: text.to_owned() })
    }

    /// Whether another program has copied something since.
    pub(crate) fn is_overtaken(&self) -> bool {
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD);
        let reply = owner.ok().and_then(|cookie| cookie.reply().ok());
        reply.is_some_and(|reply| reply.owner != self.window)
    }

    /// Answers whoever asks until the program that has the window `awaited` has fetched the text, until another program
    /// has copied something, or until patience ends.
    pub(crate) fn serve(&self, awaited: Window, patience: Patience<'_>) -> X11Result<Reader> {
        let end = Instant::now() + patience.limit;
        let (mut reader, mut quiet_at) = (Reader::Nobody, end);
        while Instant::now() < quiet_at.min(end) && !patience.cancel.is_cancelled() {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => {
                    let is_text = self.answer(&request)?;
                    if is_text && self.is_of_same_program(request.requestor, awaited) {
                        reader = Reader::Awaited;
                        quiet_at = Instant::now() + patience.settle;
                    } else if is_text && reader == Reader::Nobody {
                        reader = Reader::Other;
                    }
                }
                Some(Event::SelectionClear(_)) => break,
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Ok(reader)
    }

    /// Whether two windows belong to one program: the server gives each the same upper bits. With nothing focused,
    /// everybody is awaited.
    fn is_of_same_program(&self, one: Window, other: Window) -> bool {
        let is_nothing = other == x11rb::NONE || other == u32::from(InputFocus::POINTER_ROOT);
        let own_bits = self.connection.setup().resource_id_mask;
        is_nothing || one & !own_bits == other & !own_bits
    }

    /// Answers a request; whether the text was asked for.
    fn answer(&self, request: &SelectionRequestEvent) -> X11Result<bool> {
        let SelectionRequestEvent { requestor, target, selection, time, .. } = *request;
        // Old programs name no property; the format's name stands for it.
        let property = if request.property == x11rb::NONE { target } else { request.property };
        let formats = self.formats();
        let is_text = formats.contains(&target);
        let mode = PropMode::REPLACE;
        if is_text {
            let text = self.text.as_bytes();
            self.connection.change_property8(mode, requestor, property, target, text)?;
        } else if target == self.atoms.TARGETS {
            let list = [&[target], formats.as_slice()].concat();
            self.connection.change_property32(mode, requestor, property, AtomEnum::ATOM, &list)?;
        }
        let is_had = is_text || target == self.atoms.TARGETS;
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property: if is_had { property } else { x11rb::NONE },
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify)?;
        self.connection.flush()?;
        Ok(is_text)
    }

    /// Answers who asked before somebody else took the clipboard: the server tells of that after their requests. Without
    /// an answer, some programs wait for ever.
    fn take_leave(&self) -> X11Result<()> {
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => self.answer(&request).map(drop)?,
                Some(Event::SelectionClear(_)) => break,
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Ok(())
    }

    /// The formats on offer; those without a character set hold ASCII alone.
    fn formats(&self) -> Vec<Atom> {
        let Atoms { UTF8_STRING, UTF8_MIME, STRING, TEXT, PLAIN_MIME, .. } = self.atoms;
        let plain = if self.text.is_ascii() { &[STRING, TEXT, PLAIN_MIME][..] } else { &[] };
        [&[UTF8_STRING, UTF8_MIME], plain].concat()
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if let Err(error) = self.take_leave() {
            tracing::debug!(%error, "the X server is gone");
        }
    }
}
