//! [`StopRules`]: where the text of a completion ends, whichever model or server writes it: by its lines
//! ([`StopCriteria`]), and by the code that follows on the cursor's line ([`RestOfLine`]).

use crate::decoding::rest_of_line::RestOfLine;
use crate::decoding::stop::StopCriteria;
use crate::prompt::Prompt;

/// What ends a completion: its lines and their indentation, and the code after the cursor on its
/// line.
///
/// ```
/// # use pounce_engine::{Mode, Prompt, Segments, StopRules};
/// let segments = Segments { prefix: "print(".to_owned(), suffix: ")\n".to_owned() };
/// let rules = StopRules::new(&Prompt { segments, mode: Mode::Line, ..Prompt::default() });
/// assert_eq!(rules.end_of("name"), None);
/// assert_eq!(rules.end_of("name)"), Some("name".len()));
/// ```
#[derive(Debug, Clone)]
pub struct StopRules {
    criteria: StopCriteria,
    /// `None` if nothing follows the cursor on its line.
    rest: Option<RestOfLine>,
}

impl StopRules {
    /// The rules for a completion of `prompt`.
    pub fn new(prompt: &Prompt) -> Self {
        let segments = &prompt.segments;
        Self {
            criteria: StopCriteria::new(prompt.mode, segments),
            rest: RestOfLine::of(&segments.prefix, &segments.suffix, prompt.language),
        }
    }

    /// How many bytes of `text` to keep if the completion has ended; `None` if it has not.
    pub fn end_of(&self, text: &str) -> Option<usize> {
        let by_rest = self.rest.as_ref().and_then(|rest| rest.end_of(text));
        [self.criteria.end_of(text), by_rest].into_iter().flatten().min()
    }

    /// Whether nothing is missing at the cursor, so that the model need not run.
    pub(crate) fn is_complete(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| rest.end_of("").is_some())
    }

    /// What of the growing `text` is sure to stay, so that a stream may show it.
    pub fn sure_part<'t>(&self, text: &'t str) -> &'t str {
        &text[..self.rest.as_ref().map_or(text.len(), |rest| rest.sure_len(text))]
    }

    /// The completion that `text` gives, which has ended or is cut off.
    pub fn finish(&self, text: &str) -> String {
        self.rest.as_ref().map_or_else(|| text.to_owned(), |rest| rest.finish(text))
    }
}
