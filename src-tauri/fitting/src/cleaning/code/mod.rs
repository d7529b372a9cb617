//! Steps that need bare code, after all decoration has been taken off.

mod notebook;
mod regions;
mod typography;

pub(super) use regions::{Kind, Spared, regions};

use super::layer::Step;

/// The steps in their order.
pub(super) const CODE: &[Step] = &[notebook::clean, typography::clean];
