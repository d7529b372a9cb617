//! [`SelectionOwner`]: owns the X11 clipboard while a text is pasted, and sees which program fetches it (ICCCM
//! section 2).
//!
//! `arboard` reports only that some program has fetched its content, and clipboard managers fetch everything.

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

use super::connection::{X11Result, hidden_window};

/// How long requests that were sent before the selection was lost are still answered.
const DRAIN_LIMIT: Duration = Duration::from_millis(200);
/// How often a request is polled for.
const POLL: Duration = Duration::from_millis(1);

x11rb::atom_manager! {
    /// The formats of a text, and the names used in asking for it.
    Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        UTF8_STRING,
        UTF8_MIME: b"text/plain;charset=utf-8",
        STRING,
        TEXT,
        PLAIN_MIME: b"text/plain",
        // Clipboard managers keep nothing that has this format: what is pasted is on the clipboard for a moment only.
        NO_HISTORY: b"x-kde-passwordManagerHint",
    }
}

/// How long a program may take to fetch the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitLimits<'a> {
    /// The longest wait.
    pub(crate) total: Duration,
    /// How long to go on after the target program has fetched the text: some programs ask twice.
    pub(crate) settle: Duration,
    /// Ends the wait early.
    pub(crate) cancel: &'a CancelToken,
}

/// Which program has fetched the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The target window's.
    Target,
    /// Only another one, which may or may not pass it on to the target's.
    Other,
    /// None.
    None,
}

/// The ownership of the clipboard. Dropping it answers the requests that are already sent, and leaves nothing of the
/// text on the clipboard.
pub(crate) struct SelectionOwner {
    connection: Rc<RustConnection>,
    atoms: Atoms,
    window: Window,
    text: String,
}

impl SelectionOwner {
    /// Takes the clipboard over, to serve `text`.
    pub(crate) fn acquire(
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

    /// Answers every program's requests until the program of the window `target` has fetched the text, another program
    /// has copied something, or the limits are reached. Returns which program has fetched it.
    pub(crate) fn serve(&self, target: Window, limits: WaitLimits<'_>) -> X11Result<Reader> {
        let end = Instant::now() + limits.total;
        let (mut reader, mut settled_at) = (Reader::None, end);
        while Instant::now() < settled_at.min(end) && !limits.cancel.is_cancelled() {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => {
                    let is_text = self.answer(&request)?;
                    if is_text && self.is_of_same_program(request.requestor, target) {
                        reader = Reader::Target;
                        settled_at = Instant::now() + limits.settle;
                    } else if is_text && reader == Reader::None {
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

    /// Whether two windows belong to the same client: the server gives all windows of a client the same upper bits. If
    /// no window has the focus (`NONE` or `POINTER_ROOT`), any client counts as the target's.
    fn is_of_same_program(&self, requestor: Window, target: Window) -> bool {
        let is_any = target == x11rb::NONE || target == u32::from(InputFocus::POINTER_ROOT);
        let client_bits = !self.connection.setup().resource_id_mask;
        is_any || requestor & client_bits == target & client_bits
    }

    /// Answers one request. Returns whether it asked for the text.
    fn answer(&self, request: &SelectionRequestEvent) -> X11Result<bool> {
        let SelectionRequestEvent { requestor, target, selection, time, .. } = *request;
        // Obsolete clients name no property; the target's name stands for it (ICCCM section 2.2).
        let property = if request.property == x11rb::NONE { target } else { request.property };
        let Atoms { TARGETS, NO_HISTORY, .. } = self.atoms;
        let formats = self.formats();
        let is_text = formats.contains(&target);
        let mode = PropMode::REPLACE;
        if is_text || target == NO_HISTORY {
            let value = if is_text { self.text.as_bytes() } else { b"secret" };
            self.connection.change_property8(mode, requestor, property, target, value)?;
        } else if target == TARGETS {
            let list = [&[TARGETS, NO_HISTORY], formats.as_slice()].concat();
            self.connection.change_property32(mode, requestor, property, AtomEnum::ATOM, &list)?;
        }
        let is_known = is_text || [TARGETS, NO_HISTORY].contains(&target);
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property: if is_known { property } else { x11rb::NONE },
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify)?;
        self.connection.flush()?;
        Ok(is_text)
    }

    /// Answers the requests that were sent before another program took the clipboard. The server delivers them before
    /// the `SelectionClear` event. Some programs wait forever if they get no answer.
    fn drain(&self) -> X11Result<()> {
        let end = Instant::now() + DRAIN_LIMIT;
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

    /// The formats on offer. Those that name no character set are offered for ASCII alone.
    fn formats(&self) -> Vec<Atom> {
        let Atoms { UTF8_STRING, UTF8_MIME, STRING, TEXT, PLAIN_MIME, .. } = self.atoms;
        let plain = if self.text.is_ascii() { &[STRING, TEXT, PLAIN_MIME][..] } else { &[] };
        [&[UTF8_STRING, UTF8_MIME], plain].concat()
    }
}

impl Drop for SelectionOwner {
    fn drop(&mut self) {
        if let Err(error) = self.drain() {
            tracing::debug!(%error, "the X server is gone");
        }
    }
}
