//! What has a meaning in bare code alone, when all decoration is off.

mod notebook;
mod regions;
mod typography;

pub(super) use regions::{Kind, regions};

use super::layer::Step;

/// The steps in their order.
pub(super) const CODE: &[Step] = &[notebook::clean, typography::clean];
