//! [`KnownGlobal`]: the Python objects that a pickle of weights may name.

use super::error::PickleError;
use crate::error::beginning;

/// A Python object that weights need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownGlobal {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    FloatStorage,
    HalfStorage,
    BFloat16Storage,
}

impl KnownGlobal {
    pub(super) fn find(module: &str, name: &str) -> Result<Self, PickleError> {
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Ok(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Ok(Self::RebuildParameter),
            ("torch", "FloatStorage") => Ok(Self::FloatStorage),
            ("torch", "HalfStorage") => Ok(Self::HalfStorage),
            ("torch", "BFloat16Storage") => Ok(Self::BFloat16Storage),
            _ => {
                let name = beginning(&format!("{module}.{name}"));
                Err(PickleError::Forbidden(name.escape_debug().to_string()))
            }
        }
    }

    /// The object's name if it is a storage.
    pub(super) fn storage_type(self) -> Option<&'static str> {
        match self {
            Self::FloatStorage => Some("FloatStorage"),
            Self::HalfStorage => Some("HalfStorage"),
            Self::BFloat16Storage => Some("BFloat16Storage"),
            Self::OrderedDict | Self::RebuildTensor | Self::RebuildParameter => None,
        }
    }
}
