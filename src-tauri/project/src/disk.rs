//! [`Disk`]: how files are read and folders watched; tests put a disk with faults in its place.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::selection::{ReadFile, SourceFile};
use crate::watching::{Message, Watches};

/// How files are read and folders watched. Clones share both.
#[derive(Clone)]
pub(crate) struct Disk {
    /// May take forever, as on a network mount whose server is gone.
    pub(crate) read: Arc<ReadFile>,
    /// Watches folders, and sends what changes.
    pub(crate) watch: fn(Sender<Message>) -> Watches,
}

impl Default for Disk {
    /// The disk of this machine.
    fn default() -> Self {
        Self { read: Arc::new(SourceFile::read), watch: Watches::new }
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
