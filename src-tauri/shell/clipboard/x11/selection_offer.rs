//! [`SelectionOffer`]: offers a content on the X11 clipboard, in every format that it had, until another program copies
//! something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::connection::X11Result;
use super::selection_owner::SelectionOwner;
use crate::clipboard::all_formats::AllFormats;

/// A content on offer. A thread of its own answers, and ends with the ownership; that ends with the process at the
/// latest, so dropping this value stops nothing.
pub(crate) struct SelectionOffer {
    /// Cleared by the thread once another program owns the clipboard.
    is_current: Arc<AtomicBool>,
}

impl SelectionOffer {
    /// Takes the clipboard over, to offer `content`.
    pub(crate) fn start(content: AllFormats) -> X11Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let owner = SelectionOwner::acquire(Arc::new(connection), screen, content)?;
        let is_current = Arc::new(AtomicBool::new(true));
        let current = is_current.clone();
        let serve = move || {
            if let Err(error) = owner.serve_until_lost() {
                tracing::debug!(%error, "the clipboard is not offered any more");
            }
            current.store(false, Ordering::Release);
        };
        std::thread::Builder::new().name("clipboard-offer".into()).spawn(serve)?;
        Ok(Self { is_current })
    }

    /// Whether this content is still the clipboard's.
    pub(crate) fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }
}
