//! [`SelectionTimes`]: tells whether something was copied or selected last, from the events of the XFixes extension.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::SelectionNotifyEvent;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, Timestamp};

use super::connection::{X11Result, hidden_window, report_owners};
use crate::clipboard::source::Selection;

/// When each selection got its owner, in milliseconds of the X server; 0 before its first event, and without an owner.
#[derive(Default)]
struct Times {
    clipboard: AtomicU32,
    primary: AtomicU32,
}

/// Follows the selections on a thread of its own, which ends with the connection to the X server.
pub(crate) struct SelectionTimes(Arc<Times>);

impl SelectionTimes {
    /// Starts to follow. What was copied or selected before is not known.
    pub(crate) fn watch() -> X11Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let window = hidden_window(&connection, screen)?;
        let clipboard = connection.intern_atom(false, b"CLIPBOARD")?.reply()?.atom;
        report_owners(&connection, window, &[clipboard, AtomEnum::PRIMARY.into()])?;
        let times = Arc::new(Times::default());
        let followed = times.clone();
        let follow = move || {
            while let Ok(event) = connection.wait_for_event() {
                if let Event::XfixesSelectionNotify(event) = event {
                    followed.note(&event, clipboard);
                }
            }
        };
        std::thread::Builder::new().name("selection-times".into()).spawn(follow)?;
        Ok(Self(times))
    }

    /// The selection that was made last; `None` as long as none was.
    pub(crate) fn newest(&self) -> Option<Selection> {
        let read = |time: &AtomicU32| time.load(Ordering::Relaxed);
        newest(read(&self.0.clipboard), read(&self.0.primary))
    }
}

impl Times {
    fn note(&self, event: &SelectionNotifyEvent, clipboard: Atom) {
        let time = if event.selection == clipboard { &self.clipboard } else { &self.primary };
        let is_owned = event.owner != x11rb::NONE;
        time.store(if is_owned { event.timestamp.max(1) } else { 0 }, Ordering::Relaxed);
    }
}

/// The newer of two times of the X server, whose clock starts again after 49 days; a time of 0 is none.
fn newest(clipboard: Timestamp, primary: Timestamp) -> Option<Selection> {
    match (clipboard, primary) {
        (0, 0) => None,
        (_, 0) => Some(Selection::Clipboard),
        (0, _) => Some(Selection::Primary),
        _ if primary.wrapping_sub(clipboard) as i32 > 0 => Some(Selection::Primary),
        _ => Some(Selection::Clipboard),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_selection_is_told_across_the_end_of_the_clock() {
        use Selection::{Clipboard, Primary};
        assert_eq!(newest(0, 0), None, "nothing is known yet");
        assert_eq!(newest(7, 0), Some(Clipboard), "nothing is selected");
        assert_eq!(newest(0, 7), Some(Primary), "nothing was copied since the start");
        assert_eq!(newest(7, 8), Some(Primary), "selected after the copy");
        assert_eq!(newest(8, 7), Some(Clipboard), "copied after the selection");
        assert_eq!(newest(7, 7), Some(Clipboard), "a copy of what is selected");
        assert_eq!(newest(u32::MAX - 5, 3), Some(Primary), "after the clock started again");
    }
}
