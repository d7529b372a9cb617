//! [`SelectionOwner`]: a program that owns the clipboard, offers several formats, and records which
//! of them are requested (ICCCM, section 2). xclip offers one format and records nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask,
    PropMode, Property, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::desktop::Desktop;
use crate::patience::wait_until;

const POLL: Duration = Duration::from_millis(2);

/// A program that owns the clipboard; dropping it ends the program.
pub(crate) struct SelectionOwner {
    asked_for: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SelectionOwner {
    /// Takes the clipboard and offers `formats`, pairs of name and content.
    pub(crate) fn new<T: AsRef<[u8]> + ?Sized>(desktop: &Desktop, formats: &[(&str, &T)]) -> Self {
        Self::start(Owner::new(desktop, formats))
    }

    /// Copies a text that never ends: it is sent in chunks for as long as they are taken (ICCCM section 2.7.2).
    pub(crate) fn endless(desktop: &Desktop) -> Self {
        let chunk = "# a line of no importance\n".repeat(10_000);
        let owner = Owner::new(desktop, &[("UTF8_STRING", chunk.as_str())]);
        Self::start(Owner { is_endless: true, ..owner })
    }

    fn start(owner: Owner) -> Self {
        let (asked_for, is_over) = (owner.asked_for.clone(), Arc::<AtomicBool>::default());
        let ends = is_over.clone();
        let thread = std::thread::spawn(move || owner.serve(&ends));
        Self { asked_for, is_over, thread: Some(thread) }
    }

    pub(crate) fn was_asked_for(&self, format: &str) -> bool {
        self.asked_for.lock().expect("no holder panics").iter().any(|asked| asked == format)
    }

    pub(crate) fn wait_until_asked_for(&self, format: &str) {
        wait_until(&format!("a program to ask for {format}"), || self.was_asked_for(format));
    }
}

impl Drop for SelectionOwner {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

struct Owner {
    connection: RustConnection,
    targets: Atom,
    incr: Atom,
    /// Whether contents are sent over and over.
    is_endless: bool,
    formats: Vec<(Atom, String, Vec<u8>)>,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Owner {
    fn new<T: AsRef<[u8]> + ?Sized>(desktop: &Desktop, formats: &[(&str, &T)]) -> Self {
        let (connection, screen) =
            x11rb::connect(Some(desktop.display())).expect("the X server runs");
        let atom = |name: &str| {
            let cookie = connection.intern_atom(false, name.as_bytes()).expect("the X server runs");
            cookie.reply().expect("atoms can be made").atom
        };
        let window = connection.generate_id().expect("ids do not run out");
        let root = connection.setup().roots[screen].root;
        let (class, attributes) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        connection
            .create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &attributes)
            .expect("the X server runs");
        let formats = formats
            .iter()
            .map(|(name, content)| (atom(name), (*name).to_owned(), content.as_ref().to_vec()))
            .collect();
        let (targets, clipboard, incr) = (atom("TARGETS"), atom("CLIPBOARD"), atom("INCR"));
        connection
            .set_selection_owner(window, clipboard, x11rb::CURRENT_TIME)
            .expect("the X server runs")
            .check()
            .expect("anybody may own the clipboard");
        let asked_for = Arc::default();
        Self { connection, targets, incr, is_endless: false, formats, asked_for }
    }

    fn serve(&self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            match self.connection.poll_for_event().expect("the X server runs") {
                Some(Event::SelectionRequest(request)) => self.answer(&request),
                Some(Event::PropertyNotify(taken)) if taken.state == Property::DELETE => {
                    self.send_chunk(taken.window, taken.atom);
                }
                Some(_) => {}
                None => std::thread::sleep(POLL),
            }
        }
    }

    fn answer(&self, request: &SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, property, target, selection, time, .. } = *request;
        let is_had = self.put(requestor, property, target);
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property: if is_had { property } else { x11rb::NONE },
        };
        let _ = self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify);
        let _ = self.connection.flush();
    }

    /// Writes what `target` stands for into a property of the requestor's window; false if it is
    /// not offered.
    fn put(&self, window: Window, property: Atom, target: Atom) -> bool {
        let (connection, mode) = (&self.connection, PropMode::REPLACE);
        if target == self.targets {
            self.note("TARGETS");
            let atoms: Vec<Atom> = self.formats.iter().map(|(atom, ..)| *atom).collect();
            let _ = connection.change_property32(mode, window, property, AtomEnum::ATOM, &atoms);
            return true;
        }
        let Some((_, name, content)) = self.formats.iter().find(|(atom, ..)| *atom == target)
        else {
            return false;
        };
        self.note(name);
        if self.is_endless {
            let taken = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
            let _ = connection.change_window_attributes(window, &taken);
            // At least one byte will come.
            let _ = connection.change_property32(mode, window, property, self.incr, &[1]);
        } else {
            let _ = connection.change_property8(mode, window, property, target, content);
        }
        true
    }

    /// Writes the next chunk, once the one before was taken. The window may be gone.
    fn send_chunk(&self, window: Window, property: Atom) {
        let (format, _, content) = &self.formats[0];
        let mode = PropMode::REPLACE;
        let _ = self.connection.change_property8(mode, window, property, *format, content);
        let _ = self.connection.flush();
    }

    fn note(&self, format: &str) {
        self.asked_for.lock().expect("no holder panics").push(format.to_owned());
    }
}
