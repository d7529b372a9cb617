//! [`hand_over`]: gives a content to the desktop's clipboard manager before the app ends.
//!
//! `arboard` does so too, but offers no `MULTIPLE`, without which the managers of GNOME, Xfce and their like get nothing.

use std::sync::Arc;
use std::time::Duration;

use super::connection::X11Result;
use super::selection_owner::SelectionOwner;
use crate::clipboard::all_formats::AllFormats;

/// How long the manager may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Puts `content` on the clipboard until the manager has it. Without a manager it is lost.
pub(crate) fn hand_over(content: AllFormats) -> X11Result<()> {
    let (connection, screen) = x11rb::connect(None)?;
    SelectionOwner::acquire(Arc::new(connection), screen, content)?.hand_over(LIMIT)
}
