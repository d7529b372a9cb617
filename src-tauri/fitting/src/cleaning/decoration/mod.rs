//! Decoration around displayed code: line numbers, prompts, the signs of a diff. It is taken off
//! only if the whole snippet has it; what only some lines have is code.

mod bars;
mod code_like;
mod diff;
mod entities;
mod fence;
mod indentation;
mod label;
mod line_numbers;
mod log_prefix;
mod number_rows;
mod prompts;
mod quotation;
mod session;
mod typing;

use super::layer::Step;

/// The layers, in the order in which they are looked for. Indentation is the last, since every
/// other one may be indented, and within the others it is what the code has.
pub(super) const DECORATION: &[Step] = &[
    label::take_off,
    fence::take_off,
    quotation::take_off,
    bars::take_off,
    log_prefix::take_off,
    line_numbers::take_off,
    number_rows::take_off,
    diff::take_off,
    session::take_off,
    entities::take_off,
    indentation::take_off,
];
