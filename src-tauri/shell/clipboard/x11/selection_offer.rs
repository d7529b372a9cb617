//! [`offer`]: offers a content on the X11 clipboard, in every format that it had, until another program copies
//! something.

use std::sync::Arc;

use super::connection::X11Result;
use super::selection_owner::SelectionOwner;
use crate::clipboard::all_formats::AllFormats;

/// Takes the clipboard over, to offer `content`. A thread of its own answers, and ends with the ownership; that ends with
/// the process at the latest.
pub(crate) fn offer(content: AllFormats) -> X11Result<()> {
    let (connection, screen) = x11rb::connect(None)?;
    let owner = SelectionOwner::acquire(Arc::new(connection), screen, content)?;
    let serve = move || {
        if let Err(error) = owner.serve_until_lost() {
            tracing::debug!(%error, "the clipboard is not offered any more");
        }
    };
    std::thread::Builder::new().name("clipboard-offer".into()).spawn(serve)?;
    Ok(())
}
