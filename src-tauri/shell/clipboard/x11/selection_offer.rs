//! [`SelectionOffer`]: a content on the X11 clipboard until another program copies something, and its replacement while
//! no program has pasted it.

use std::sync::{Arc, mpsc};
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask,
    SelectionRequestEvent, Window,
};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Result, is_own};
use super::selection_owner::{SelectionOwner, is_overtaken, program_of};
use crate::clipboard::all_formats::AllFormats;
use crate::clipboard::readers::{Readers, Reading};

/// A content on offer. A thread of its own answers, and ends when another program takes the clipboard over or with the
/// process; it outlives this value.
pub(in crate::clipboard) struct SelectionOffer {
    connection: Arc<RustConnection>,
    /// The window that owns the clipboard.
    window: Window,
    /// To the thread; closed once another program has taken the clipboard over.
    orders: mpsc::Sender<Order>,
}

/// A content to offer in place of the first one, and where to tell whether that was done.
struct Order {
    content: AllFormats,
    done: mpsc::Sender<bool>,
}

impl SelectionOffer {
    /// Takes the clipboard over, to offer `content`.
    pub(in crate::clipboard) fn start(content: AllFormats) -> X11Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let connection = Arc::new(connection);
        let owner = SelectionOwner::acquire(connection.clone(), screen, content)?;
        let (window, (orders, taken)) = (owner.window(), mpsc::channel());
        let readers = Readers::new(Instant::now());
        let manager = connection.intern_atom(false, b"CLIPBOARD_MANAGER")?.reply()?.atom;
        let answering = connection.clone();
        let server = OfferServer { connection: answering, owner, manager, readers, orders: taken };
        let serve = move || {
            if let Err(error) = server.serve() {
                tracing::debug!(%error, "the clipboard is not offered any more");
            }
        };
        std::thread::Builder::new().name("clipboard-offer".into()).spawn(serve)?;
        Ok(Self { connection, window, orders })
    }

    /// Whether another program has taken the clipboard over; false if the X server does not answer.
    pub(in crate::clipboard) fn is_overtaken(&self) -> bool {
        is_overtaken(&self.connection, self.window)
    }

    /// Offers `content` instead, if no program has pasted the first one or taken the clipboard over. Returns whether it
    /// does. Programs that watch the clipboard are told of the change.
    pub(in crate::clipboard) fn replace_unread(&self, content: AllFormats) -> X11Result<bool> {
        let (done, is_done) = mpsc::channel();
        if self.orders.send(Order { content, done }).is_err() {
            return Ok(false);
        }
        // Any message wakes the thread.
        let wake = ClientMessageEvent::new(32, self.window, x11rb::NONE, [0; 5]);
        self.connection.send_event(false, self.window, EventMask::NO_EVENT, wake)?;
        self.connection.flush()?;
        // The thread drops the order if it ends.
        Ok(is_done.recv().unwrap_or(false))
    }
}

/// The thread that answers.
struct OfferServer {
    connection: Arc<RustConnection>,
    owner: SelectionOwner,
    /// The selection that the desktop's clipboard manager owns.
    manager: Atom,
    readers: Readers,
    orders: mpsc::Receiver<Order>,
}

impl OfferServer {
    /// Answers until another program takes the clipboard over.
    fn serve(mut self) -> X11Result<()> {
        loop {
            let event = self.connection.wait_for_event()?;
            if !self.handle(&event)? {
                return Ok(());
            }
            if matches!(event, Event::ClientMessage(_)) {
                self.follow_orders()?;
            }
        }
    }

    /// Handles an event. Returns whether the clipboard is still ours.
    fn handle(&mut self, event: &Event) -> X11Result<bool> {
        match event {
            Event::SelectionRequest(request) => self.answer(request)?,
            Event::DestroyNotify(gone) => {
                self.readers.forget(program_of(&self.connection, gone.window));
            }
            Event::SelectionClear(lost) if self.owner.is_clipboard(lost) => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    /// Answers a request, and notes which program has read the content.
    fn answer(&mut self, request: &SelectionRequestEvent) -> X11Result<()> {
        let (connection, requestor, at) = (&self.connection, request.requestor, Instant::now());
        // Asked before it has its answer, after which it may end.
        let is_ours = is_own(connection, requestor)?;
        let program = program_of(connection, requestor);
        let focus = connection.get_input_focus()?.reply()?.focus;
        let manager = connection.get_selection_owner(self.manager)?.reply()?.owner;
        if self.owner.answer(request)? && !is_ours {
            let is_focused = program == program_of(connection, focus);
            let is_manager = program == program_of(connection, manager);
            self.readers.note(Reading { program, is_focused, is_manager, at });
            // Reports when the window is gone, and with it perhaps the program.
            let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
            connection.change_window_attributes(requestor, &events)?;
            connection.flush()?;
        }
        Ok(())
    }

    fn follow_orders(&mut self) -> X11Result<()> {
        while let Ok(Order { content, done }) = self.orders.try_recv() {
            let is_replaced = self.replace_unread(content)?;
            // The receiver waits.
            let _ = done.send(is_replaced);
        }
        Ok(())
    }

    /// Offers `content` instead, if nothing has pasted the first one. No program can ask or copy in between.
    fn replace_unread(&mut self, content: AllFormats) -> X11Result<bool> {
        let _grabbed = ServerGrab::new(self.connection.clone())?;
        if is_overtaken(&self.connection, self.owner.window()) {
            return Ok(false);
        }
        // What was asked for before has come with the answer.
        while let Some(event) = self.connection.poll_for_event()? {
            self.handle(&event)?;
        }
        if self.readers.has_pasted() {
            return Ok(false);
        }
        self.owner.offer(content)?;
        self.owner.take_clipboard()?;
        self.readers.renew(Instant::now());
        Ok(true)
    }
}

/// The X server, which answers no other program until this is dropped.
struct ServerGrab(Arc<RustConnection>);

impl ServerGrab {
    fn new(connection: Arc<RustConnection>) -> X11Result<Self> {
        connection.grab_server()?;
        Ok(Self(connection))
    }
}

impl Drop for ServerGrab {
    fn drop(&mut self) {
        // An error means that the connection, and with it the grab, has ended.
        let _ = self.0.ungrab_server();
        let _ = self.0.flush();
    }
}
