//! [`SelectionOwner`]: owns the X11 clipboard, answers the programs that ask for its content, and sees which of them do
//! (ICCCM section 2).
//!
//! Which program reads is worth to be known: clipboard managers read everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_engine::CancelToken;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, EventMask, InputFocus, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionClearEvent, SelectionNotifyEvent, SelectionRequestEvent, Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::connection::{X11Result, hidden_window};
use super::text_formats;
use crate::clipboard::all_formats::{AllFormats, FormatContent};
use crate::clipboard::content::Snapshot;
use crate::clipboard::readers::Program;

/// How long requests that were sent before the selection was lost are still answered.
const DRAIN_LIMIT: Duration = Duration::from_millis(200);
/// The most atoms of a request for several targets.
const MAX_PAIRS: u32 = 1024;
/// How often a request is polled for.
const POLL: Duration = Duration::from_millis(1);
/// The mark of a secret, by which clipboard managers keep nothing: what is pasted is on the clipboard for a moment only.
const NO_HISTORY: &str = "x-kde-passwordManagerHint";

x11rb::atom_manager! {
    /// The selection and that of clipboard managers, and the questions that are no formats.
    Atoms: AtomsCookie {
        CLIPBOARD,
        CLIPBOARD_MANAGER,
        MULTIPLE,
        SAVE_TARGETS,
        TARGETS,
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

/// What a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// Nothing: it is not on offer.
    Nothing,
    /// A list of formats, or the mark of a secret.
    Information,
    /// Content.
    Content,
}

/// The ownership of the clipboard. Dropping it answers the requests that are already sent, and leaves nothing of the
/// content on the clipboard.
pub(crate) struct SelectionOwner {
    connection: Arc<RustConnection>,
    atoms: Atoms,
    window: Window,
    offered: Vec<Offered>,
}

/// A format on offer.
struct Offered {
    target: Atom,
    type_: Atom,
    content: FormatContent,
}

impl SelectionOwner {
    /// Takes the clipboard over, to offer `content`.
    pub(crate) fn acquire(
        connection: Arc<RustConnection>,
        screen: usize,
        content: AllFormats,
    ) -> X11Result<Self> {
        let atoms = Atoms::new(&*connection)?.reply()?;
        let window = hidden_window(&connection, screen)?;
        let mut owner = Self { connection, atoms, window, offered: Vec::new() };
        owner.offer(content)?;
        owner.take_clipboard()?;
        Ok(owner)
    }

    /// Takes the clipboard over, to offer a text for one paste.
    pub(crate) fn acquire_for_paste(
        connection: Arc<RustConnection>,
        screen: usize,
        text: &str,
    ) -> X11Result<Self> {
        Self::acquire(connection, screen, for_paste(text))
    }

    /// Offers another text from now on, for one paste.
    pub(crate) fn offer_for_paste(&mut self, text: &str) -> X11Result<()> {
        self.offer(for_paste(text))
    }

    /// Offers another content from now on.
    pub(super) fn offer(&mut self, content: AllFormats) -> X11Result<()> {
        let offered = content.0.into_iter().map(|content| Offered::new(&self.connection, content));
        self.offered = offered.collect::<X11Result<_>>()?;
        Ok(())
    }

    /// Takes the primary selection over too, which some programs paste.
    pub(crate) fn take_primary(&self) -> X11Result<()> {
        self.take(AtomEnum::PRIMARY.into())
    }

    /// Takes the clipboard over, also after another program did.
    pub(crate) fn take_clipboard(&self) -> X11Result<()> {
        self.take(self.atoms.CLIPBOARD)
    }

    fn take(&self, selection: Atom) -> X11Result<()> {
        let now = x11rb::CURRENT_TIME;
        Ok(self.connection.set_selection_owner(self.window, selection, now)?.check()?)
    }

    /// Whether another program has copied something since.
    pub(crate) fn is_overtaken(&self) -> bool {
        is_overtaken(&self.connection, self.window)
    }

    /// Answers every program's requests until the program of the window `target` has fetched the text, another program
    /// has copied something, or the limits are reached. Returns which program has fetched it.
    pub(crate) fn serve(&self, target: Window, limits: WaitLimits<'_>) -> X11Result<Reader> {
        let end = Instant::now() + limits.total;
        let (mut reader, mut settled_at) = (Reader::None, end);
        while Instant::now() < settled_at.min(end) && !limits.cancel.is_cancelled() {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => {
                    let is_content = self.answer(&request)?;
                    if is_content && self.is_of_target(request.requestor, target) {
                        reader = Reader::Target;
                        settled_at = Instant::now() + limits.settle;
                    } else if is_content && reader == Reader::None {
                        reader = Reader::Other;
                    }
                }
                Some(Event::SelectionClear(lost)) if self.is_clipboard(&lost) => break,
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Ok(reader)
    }

    /// The window that owns the clipboard.
    pub(super) fn window(&self) -> Window {
        self.window
    }

    /// Whether the clipboard is what was lost.
    pub(super) fn is_clipboard(&self, lost: &SelectionClearEvent) -> bool {
        lost.selection == self.atoms.CLIPBOARD
    }

    /// Whether the window that asks is of the target's program. If no window has the focus (`NONE` or `POINTER_ROOT`),
    /// any program counts as the target's.
    fn is_of_target(&self, requestor: Window, target: Window) -> bool {
        let is_any = target == x11rb::NONE || target == u32::from(InputFocus::POINTER_ROOT);
        is_any || is_of_same_program(&self.connection, requestor, target)
    }

    /// Has the desktop's clipboard manager keep the content, and answers until that has it; without a manager, nothing
    /// happens (freedesktop.org's ClipboardManager specification).
    pub(crate) fn hand_over(&self, limit: Duration) -> X11Result<()> {
        let Atoms { CLIPBOARD_MANAGER: manager, SAVE_TARGETS: save, .. } = self.atoms;
        if self.connection.get_selection_owner(manager)?.reply()?.owner == x11rb::NONE {
            return Ok(());
        }
        let wanted: Vec<Atom> = self.offered.iter().map(|offered| offered.target).collect();
        let (mode, kind) = (PropMode::REPLACE, AtomEnum::ATOM);
        self.connection.change_property32(mode, self.window, save, kind, &wanted)?;
        let now = x11rb::CURRENT_TIME;
        self.connection.convert_selection(self.window, manager, save, save, now)?;
        self.connection.flush()?;
        let end = Instant::now() + limit;
        // Some managers answer first and fetch the content then.
        let (mut is_answered, mut is_fetched) = (false, false);
        while Instant::now() < end && !(is_answered && is_fetched) {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => is_fetched |= self.answer(&request)?,
                Some(Event::SelectionNotify(answer)) => is_answered |= answer.selection == manager,
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Ok(())
    }

    /// Answers one request. Returns whether it asked for the content.
    pub(super) fn answer(&self, request: &SelectionRequestEvent) -> X11Result<bool> {
        let SelectionRequestEvent { requestor, target, selection, time, .. } = *request;
        // Obsolete clients name no property; the target's name stands for it (ICCCM section 2.2).
        let property = if request.property == x11rb::NONE { target } else { request.property };
        let given = if target == self.atoms.MULTIPLE {
            self.put_several(requestor, property)?
        } else {
            self.put(requestor, target, property)?
        };
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property: if given == Given::Nothing { x11rb::NONE } else { property },
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify)?;
        self.connection.flush()?;
        Ok(given == Given::Content)
    }

    /// Writes what `target` stands for into a property of the requestor's window.
    fn put(&self, requestor: Window, target: Atom, property: Atom) -> X11Result<Given> {
        let (connection, mode) = (&self.connection, PropMode::REPLACE);
        if target == self.atoms.TARGETS {
            let targets = self.offered.iter().map(|offered| offered.target);
            let list: Vec<Atom> =
                [target, self.atoms.MULTIPLE].into_iter().chain(targets).collect();
            connection.change_property32(mode, requestor, property, AtomEnum::ATOM, &list)?;
            return Ok(Given::Information);
        }
        let Some(offered) = self.offered.iter().find(|offered| offered.target == target) else {
            return Ok(Given::Nothing);
        };
        let Offered { type_, content: FormatContent { name, item_bits, bytes, .. }, .. } = offered;
        let n_items = (bytes.len() / usize::from(item_bits / 8).max(1)) as u32;
        connection
            .change_property(mode, requestor, property, *type_, *item_bits, n_items, bytes)?;
        Ok(if name == NO_HISTORY { Given::Information } else { Given::Content })
    }

    /// Answers for several targets at once: `property` holds pairs of a target and the property for it, which is cleared
    /// where there is nothing (ICCCM section 2.6.2).
    fn put_several(&self, requestor: Window, property: Atom) -> X11Result<Given> {
        let connection = &self.connection;
        let pairs =
            connection.get_property(false, requestor, property, AtomEnum::ANY, 0, MAX_PAIRS);
        let pairs = pairs?.reply()?;
        let (type_, mut pairs) =
            (pairs.type_, pairs.value32().into_iter().flatten().collect::<Vec<_>>());
        let mut given = Given::Information;
        for pair in pairs.as_chunks_mut::<2>().0 {
            match self.put(requestor, pair[0], pair[1])? {
                Given::Nothing => pair[1] = x11rb::NONE,
                Given::Information => {}
                Given::Content => given = Given::Content,
            }
        }
        connection.change_property32(PropMode::REPLACE, requestor, property, type_, &pairs)?;
        Ok(given)
    }

    /// Answers the requests that were sent before another program took the clipboard. The server delivers them before
    /// the `SelectionClear` event. Some programs wait forever if they get no answer.
    fn drain(&self) -> X11Result<()> {
        let end = Instant::now() + DRAIN_LIMIT;
        while Instant::now() < end {
            match self.connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => self.answer(&request).map(drop)?,
                Some(Event::SelectionClear(lost)) if self.is_clipboard(&lost) => break,
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
        Ok(())
    }
}

impl Offered {
    fn new(connection: &RustConnection, content: FormatContent) -> X11Result<Self> {
        let target = connection.intern_atom(false, content.name.as_bytes())?;
        let type_ = connection.intern_atom(false, content.type_name.as_bytes())?;
        Ok(Self { target: target.reply()?.atom, type_: type_.reply()?.atom, content })
    }
}

/// Whether another window than `window` owns the clipboard; false if the X server does not answer.
pub(super) fn is_overtaken(connection: &RustConnection, window: Window) -> bool {
    let owner = || -> X11Result<Window> {
        let clipboard = connection.intern_atom(false, b"CLIPBOARD")?.reply()?.atom;
        Ok(connection.get_selection_owner(clipboard)?.reply()?.owner)
    };
    owner().is_ok_and(|owner| owner != window)
}

/// Whether two windows belong to the same client: the server gives all windows of a client the same upper bits.
pub(super) fn is_of_same_program(connection: &RustConnection, a: Window, b: Window) -> bool {
    program_of(connection, a) == program_of(connection, b)
}

/// The number of the client whose window it is.
pub(super) fn program_of(connection: &RustConnection, window: Window) -> Program {
    window & !connection.setup().resource_id_mask
}

/// A text for one paste, which clipboard managers are not to keep.
fn for_paste(text: &str) -> AllFormats {
    let AllFormats(mut formats) = text_formats::of(&Snapshot::text(text));
    formats.push(text_formats::format(NO_HISTORY, "secret"));
    AllFormats(formats)
}

impl Drop for SelectionOwner {
    fn drop(&mut self) {
        if let Err(error) = self.drain() {
            tracing::debug!(%error, "the X server is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clipboard::formats::{ContentKind, classify};

    #[test]
    fn what_is_pasted_is_marked_so_that_no_history_keeps_it() {
        let AllFormats(formats) = for_paste("naïve");
        let names: Vec<_> = formats.iter().map(|format| format.name.clone()).collect();
        assert_eq!(names, ["UTF8_STRING", "text/plain;charset=utf-8", NO_HISTORY]);
        assert_eq!(formats[2].bytes, b"secret", "the mark's value, as KeePassXC writes it");
        assert_eq!(classify(&names), ContentKind::Secret, "as programs read it, this one too");
        assert!(formats[..2].iter().all(|format| format.bytes == "naïve".as_bytes()));
        assert_eq!(for_paste("ascii").0.len(), 6, "and for old programs, if they can read it");
    }
}
