//! Keeping the index as the disk is: a thread reads the folders, and is told of changes.

mod keeper;
mod keeper_message;
mod low_priority;
#[cfg(test)]
mod no_watches;
mod watches;

pub(crate) use keeper::{Keeper, Shared};
pub(crate) use keeper_message::Message;
#[cfg(test)]
pub(crate) use no_watches::NoWatches;
pub(crate) use watches::Watches;
