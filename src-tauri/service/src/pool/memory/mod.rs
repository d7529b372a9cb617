//! Memory: what models may take, which of them make room, and how short of it the machine is.
//!
//! The ledger decides, [`MemoryProbe`] measures, [`Pressure`] judges the machine. The pool does the
//! loading and unloading.

mod budget;
mod ledger;
mod pressure;
mod probe;
mod stall;

pub use ledger::Shortage;
pub use pressure::Pressure;
pub use probe::{MemoryProbe, Readings, SystemProbe};
pub use stall::Stall;

pub(crate) use budget::{budget_bytes, return_freed_memory};
pub(crate) use ledger::{MemoryLedger, Resident};
