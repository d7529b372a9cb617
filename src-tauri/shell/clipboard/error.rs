//! Why the clipboard cannot be used, or is left alone.

use std::time::Duration;

use thiserror::Error;

/// How long the program that owns the content may take for all that one request reads of it. Owners answer within a
/// millisecond; one that takes this long hangs.
pub(crate) const OWNER_TIMEOUT: Duration = Duration::from_secs(4);
/// How long that program may take for a hint beside the text, without which the text is as good. It has just answered
/// for the text, so that it is awake.
pub(crate) const HINT_TIMEOUT: Duration = Duration::from_millis(5);

/// The clipboard cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum ClipboardError {
    /// The program that owns the content does not answer within [`OWNER_TIMEOUT`].
    #[error("the program that copied does not answer; copy again")]
    OwnerHangs,
    /// It answers, but without the content that it offers.
    #[error("the program that copied does not hand its text over; copy again")]
    NotHandedOver,
    /// Everything else.
    #[error("the clipboard cannot be used: {0}")]
    Unusable(String),
}

impl ClipboardError {
    /// Keeps the message of `error`, which must not hold content; those of `arboard` and Wayland do not.
    pub(crate) fn new(error: impl ToString) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// Why a content is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    /// There is no content, or only white space.
    #[error("the clipboard is empty; copy some code first")]
    Empty,
    /// Nothing is selected, or only white space.
    #[error("nothing is selected; select some code first")]
    NothingSelected,
    /// A password manager marked the content as secret.
    #[error("the clipboard holds a secret; it was not read")]
    Secret,
    /// The content is a picture.
    #[error("the clipboard holds a picture; it was left alone")]
    Image,
    /// The content is a list of files.
    #[error("the clipboard holds files; they were left alone")]
    Files,
    /// The content is anything else that is not text.
    #[error("the clipboard holds no text; it was left alone")]
    NotText,
    /// The content is larger than [`MAX_BYTES`](super::content::MAX_BYTES), so it could not be put back.
    #[error("the clipboard holds more than 8 MiB; it was left alone, copy a smaller part")]
    TooLarge,
    /// Snippet and completion together are larger than [`MAX_BYTES`](super::content::MAX_BYTES), so they could neither be
    /// read back nor undone.
    #[error(
        "the completed snippet would exceed 8 MiB; the clipboard was left alone, copy a smaller part"
    )]
    WouldBeTooLarge,
    /// The clipboard changed between reading and writing.
    #[error("the clipboard changed meanwhile; it was left alone")]
    Changed,
    /// The clipboard cannot be used.
    #[error(transparent)]
    Unusable(#[from] ClipboardError),
}
