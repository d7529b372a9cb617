//! [`Prompt`]: what to complete, and how it becomes token ids.
//!
//! [`encoder`] renders a prompt by the template of the model's manifest: [`tokenizer`] splits the
//! code into tokens, [`healing`] takes an unfinished last one off, [`context`] keeps the tokens
//! next to the cursor, and [`template`] adds the special ones. [`forced_prefix`] makes the
//! completion begin with what healing took off. [`form`] leaves out what does not help a model.

pub(crate) mod context;
pub(crate) mod encoder;
pub(crate) mod forced_prefix;
pub(crate) mod form;
pub(crate) mod healing;
pub(crate) mod mode;
pub(crate) mod segments;
pub(crate) mod template;
pub(crate) mod tokenizer;

use crate::language::Language;
use mode::Mode;
use segments::Segments;

/// What to complete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// The code around the cursor.
    pub segments: Segments,
    /// The language of the code.
    pub language: Language,
    /// How much to complete.
    pub mode: Mode,
}
