//! [`RejectionReason`]: why a completion is not used.

use std::fmt;

/// Why a completion is not used. Its text is one line of English; the windows have it in other languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionReason {
    /// The model wrote control characters only.
    ControlCharacters,
    /// The model wrote prose or special tokens instead of code.
    NotCode,
    /// The name is complete.
    NameIsComplete,
    /// The model wrote nothing that belongs to this line or block.
    OutOfScope,
    /// The line is complete: put the cursor on a new line for more.
    LineIsComplete,
    /// The data is complete.
    DataIsComplete,
    /// The line goes on after the cursor, and needs nothing before that.
    LineGoesOn,
    /// The word goes on after the cursor.
    WordGoesOn,
    /// The model began a new line where code follows on this one.
    NewLineBeforeRest,
    /// The model left quotes or brackets open.
    LeftOpen,
    /// The model repeated the line below.
    LineBelow,
    /// The model repeated the line above.
    LineAbove,
    /// The model wrote the code below again.
    CodeBelow,
    /// The block is closed below already.
    BlockIsClosed,
    /// The model wrote what the snippet has already.
    WrittenTwice,
    /// The model went round in circles.
    EndlessRow,
    /// The model wrote nothing but indentation.
    OnlyIndentation,
    /// The model's indentation fits no block.
    FitsNoBlock,
    /// The completion would break the code's syntax.
    BreaksSyntax,
    /// The model added nothing but white space.
    OnlyBlanks,
}

impl fmt::Display for RejectionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlCharacters => "the model wrote control characters only",
            Self::NotCode => "the model wrote prose or special tokens instead of code",
            Self::NameIsComplete => "the name is complete",
            Self::OutOfScope => "the model wrote nothing that belongs to this line or block",
            Self::LineIsComplete => "the line is complete: put the cursor on a new line for more",
            Self::DataIsComplete => "the data is complete",
            Self::LineGoesOn => "the line goes on after the cursor, and needs nothing before that",
            Self::WordGoesOn => "the word goes on after the cursor",
            Self::NewLineBeforeRest => "the model began a new line where code follows on this one",
            Self::LeftOpen => "the model left quotes or brackets open",
            Self::LineBelow => "the model repeated the line below",
            Self::LineAbove => "the model repeated the line above",
            Self::CodeBelow => "the model wrote the code below again",
            Self::BlockIsClosed => "the block is closed below already",
            Self::WrittenTwice => "the model wrote what the snippet has already",
            Self::EndlessRow => "the model went round in circles",
            Self::OnlyIndentation => "the model wrote nothing but indentation",
            Self::FitsNoBlock => "the model's indentation fits no block",
            Self::BreaksSyntax => "the completion would break the code's syntax",
            Self::OnlyBlanks => "the model added nothing but white space",
        })
    }
}
