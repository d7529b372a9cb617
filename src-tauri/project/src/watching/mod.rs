//! Keeping the index as the disk is: a thread reads the folders, and is told of changes.

mod keeper;
mod keeper_message;
mod low_priority;
mod watches;

pub(crate) use keeper::{Keeper, Shared};
pub(crate) use keeper_message::Message;
