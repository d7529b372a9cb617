//! Values that a pickle makes. A text is stored once, however many values refer to it.

use std::rc::Rc;

use super::error::{PickleError, malformed};
use super::globals::KnownGlobal;

/// The most extents of a tensor, which are copied for each one.
const MAX_EXTENTS: usize = 8;

/// The index of a value in [`Values`].
pub(super) type ValueId = usize;

/// The description of a tensor in a pickle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickledTensor {
    /// PyTorch's name of the storage, which tells the element type: `FloatStorage`.
    pub(crate) storage_type: &'static str,
    /// The name of the storage in the archive.
    pub(crate) storage_key: Rc<str>,
    /// The index of the first element in the storage.
    pub(crate) offset: u64,
    /// Extents, outermost first.
    pub(crate) shape: Vec<u64>,
    /// The number of elements between two indices of an axis, by axis.
    pub(crate) strides: Vec<u64>,
}

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// `None`, a boolean or a float, which no tensor's description depends on.
    Other,
    Int(i64),
    Text(Rc<str>),
    /// A tuple or a list.
    Sequence(Vec<ValueId>),
    Dict(Vec<(ValueId, ValueId)>),
    Global(KnownGlobal),
    Storage {
        kind: &'static str,
        key: Rc<str>,
    },
    Tensor(Rc<PickledTensor>),
}

/// All values that a pickle has made. They refer to each other by index.
#[derive(Debug, Default)]
pub(super) struct Values(pub(super) Vec<Value>);

impl Values {
    pub(super) fn text(&self, id: ValueId) -> Result<&Rc<str>, PickleError> {
        match &self.0[id] {
            Value::Text(text) => Ok(text),
            _ => malformed("text was expected"),
        }
    }

    pub(super) fn sequence(&self, id: ValueId) -> Result<&[ValueId], PickleError> {
        match &self.0[id] {
            Value::Sequence(items) => Ok(items),
            _ => malformed("a tuple was expected"),
        }
    }

    pub(super) fn size(&self, id: ValueId) -> Result<u64, PickleError> {
        match self.0[id] {
            Value::Int(value) if value >= 0 => Ok(value.unsigned_abs()),
            _ => malformed("a size was expected"),
        }
    }

    pub(super) fn sizes(&self, id: ValueId) -> Result<Vec<u64>, PickleError> {
        let sizes = self.sequence(id)?;
        if sizes.len() > MAX_EXTENTS {
            return malformed(format!("a tensor of {} extents", sizes.len()));
        }
        sizes.iter().map(|&id| self.size(id)).collect()
    }
}
