//! Replaces characters that never belong to code, or that stand for others in plain code.

mod invisible;
mod line_ends;
mod padding;
mod spaces;
mod terminal_codes;
mod wrapping;

pub(super) use spaces::is_odd_space;

use super::layer::Step;

/// The steps in their order.
pub(super) const CHARACTERS: &[Step] = &[
    line_ends::clean,
    terminal_codes::clean,
    invisible::clean,
    spaces::clean,
    wrapping::clean,
    padding::clean,
];
