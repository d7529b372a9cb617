//! [`CompletionRequest`]: the code to complete, and how.

use std::fmt;
use std::sync::Arc;

use pounce_engine::{Language, Mode, Prompt, Segments};

use super::origin::RequestOrigin;
use super::sampling::Sampling;
use pounce_models::catalog::ModelId;

/// The most text kept on each side of the cursor, in bytes. No model of the catalogue reads more;
/// clipping here bounds what a huge clipboard costs to hash and analyze.
pub const MAX_SEGMENT_BYTES: usize = 64 * 1024;

/// The client that asks, or the place that is completed: of two requests of one client, the newer
/// cancels the older.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(Arc<str>);

impl From<&str> for ClientId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl Default for ClientId {
    /// The client of the desktop's hotkey.
    fn default() -> Self {
        Self::from("hotkey")
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The title of a window; empty if it is not known. It names a file of the user's: never log it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WindowTitle(pub String);

impl fmt::Debug for WindowTitle {
    /// Shows the size only, so that no log can hold a title by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowTitle({} bytes)", self.0.len())
    }
}

/// A completion that a client asks for.
#[derive(Debug, Clone, Default)]
pub struct CompletionRequest {
    /// The client that asks.
    pub client: ClientId,
    /// Where the request comes from.
    pub origin: RequestOrigin,
    /// The code around the cursor.
    pub segments: Segments,
    /// Its language; [`Language::Unknown`] lets the service detect it.
    pub language: Language,
    /// The window in which the code was copied, if it is known.
    pub window: WindowTitle,
    /// How much code to write.
    pub mode: Mode,
    /// Only this model may answer; `None` leaves it to the router.
    pub model: Option<ModelId>,
    /// The most tokens to generate; `None` is the settings' limit for the mode.
    pub max_new_tokens: Option<usize>,
    /// How to draw the completion at random; `None` leaves it to the settings.
    pub sampling: Option<Sampling>,
    /// Whether other completions are wanted beside the first, as far as there is time.
    pub wants_alternatives: bool,
    /// Whether the code is secret: then it goes to no other machine, and nothing of it is
    /// remembered.
    pub is_secret: bool,
}

impl CompletionRequest {
    /// A request of the default client for the code around a cursor.
    pub fn new(segments: Segments, mode: Mode) -> Self {
        Self { segments, mode, ..Self::default() }
    }

    /// What a model is given of it.
    pub(crate) fn prompt(&self) -> Prompt {
        let Self { segments, language, mode, .. } = self;
        Prompt { segments: segments.clone(), language: *language, mode: *mode }
    }

    /// Clips the code to what is next to the cursor, and detects its language.
    pub(crate) fn normalized(mut self) -> Self {
        clip_front(&mut self.segments.prefix);
        clip_back(&mut self.segments.suffix);
        if self.language == Language::Unknown {
            self.language = Language::detect(&self.segments.prefix);
        }
        self
    }
}

fn clip_front(text: &mut String) {
    let start = text.ceil_char_boundary(text.len().saturating_sub(MAX_SEGMENT_BYTES));
    text.drain(..start);
}

fn clip_back(text: &mut String) {
    text.truncate(text.floor_char_boundary(MAX_SEGMENT_BYTES));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_next_to_the_cursor_is_kept() {
        let long = "é".repeat(MAX_SEGMENT_BYTES);
        let segments = Segments { prefix: format!("{long}x"), suffix: format!("y{long}") };
        let request = CompletionRequest::new(segments, Mode::Line).normalized();
        let Segments { prefix, suffix } = request.segments;
        assert!(
            prefix.len() <= MAX_SEGMENT_BYTES && suffix.len() <= MAX_SEGMENT_BYTES,
            "both are bounded"
        );
        assert!(prefix.ends_with('x') && suffix.starts_with('y'), "the ends at the cursor stay");
        assert!(prefix.starts_with('é'), "no character is cut");
    }
}
