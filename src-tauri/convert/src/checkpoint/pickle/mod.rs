//! A reader for the one kind of pickle that PyTorch weights are: a dictionary of tensors.
//!
//! A pickle is a program for a small stack machine, and Python's would call any function that the
//! pickle names. This one calls nothing. It turns the few names that weights need into plain values,
//! and any other name is an error. Values refer to each other by index in a table, so that a pickle
//! that nests deeply or contains itself needs no recursion.

pub(crate) mod error;
mod globals;
mod input;
mod machine;
#[cfg(test)]
mod tests;
pub(crate) mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

use error::PickleError;
use machine::Machine;
use value::PickledTensor;

/// Returns the tensors of a pickled dictionary by name.
pub(crate) fn read_tensors(
    bytes: &[u8],
) -> Result<BTreeMap<String, Rc<PickledTensor>>, PickleError> {
    Machine::new(bytes).run()
}
