//! [`RequestReport`]: how the work on one request ended.

use std::time::Duration;

use pounce_engine::{Language, Mode};
use pounce_service::{Completion, ModelId, Reason};

use super::awaited::AwaitedText;
use super::completions::completed::Completed;
use super::coordinator::RequestId;
use super::series::{Position, Series};
use crate::clipboard::error::Refusal;
use crate::clipboard::paste::{PasteError, PasteRefusal};
use crate::clipboard::source::Selection;
use crate::clipboard::undo::Replacement;

/// How the work on one request ended.
#[derive(Debug)]
pub(crate) struct RequestReport {
    /// The request's number.
    pub(crate) id: RequestId,
    /// How much was asked for.
    pub(crate) mode: Mode,
    /// The language of the snippet.
    pub(crate) language: Language,
    /// Where the snippet is from.
    pub(crate) selection: Selection,
    /// What the user is told.
    pub(crate) outcome: Outcome,
    /// The snippet of [`Outcome::NotReady`]; `None` for every other outcome.
    pub(crate) awaited: Option<AwaitedText>,
    /// The service's answer; `None` if it was not asked.
    pub(crate) completion: Option<Completion>,
    /// The completion that was delivered, or could not be; `None` if there is none, or the snippet is shown as it was.
    pub(crate) completed: Option<Completed>,
    /// What was written, for undo; `None` if nothing was.
    pub(crate) written: Option<Replacement>,
    /// The candidates, through which the user can go; `None` if nothing was delivered.
    pub(crate) series: Option<Series>,
    /// The stages outside the service.
    pub(crate) times: Times,
}

/// How a request ended, for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The clipboard holds the snippet with its completion.
    Appended,
    /// The clipboard holds the completion.
    Replaced,
    /// The completion was pasted; the clipboard holds the snippet.
    Pasted,
    /// There was no window to paste into, for this reason; the clipboard holds the completion.
    Copied(PasteError),
    /// This model is still being loaded; the completion follows once it is there.
    NotReady(ModelId),
    /// The clipboard holds another candidate of the last request, or the snippet as it was.
    Showed(Position),
    /// There is no other candidate; the clipboard was left alone.
    NoOther,
    /// There is nothing to add; the service's reason, if it gave one.
    Nothing(Option<Reason>),
    /// The clipboard was left alone.
    LeftAlone(Refusal),
    /// The completion could not be pasted.
    NotPasted(PasteRefusal),
    /// The user cancelled, or asked again.
    Cancelled,
    /// The work panicked; the log says where.
    Failed,
}

/// The stages of a request outside the service. The rest of the total is the service and changes of thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// Reading the clipboard.
    pub(crate) read: Duration,
    /// Writing the clipboard. Zero for a paste, which waits for another program.
    pub(crate) write: Duration,
    /// From the trigger until the clipboard was written, or until it was clear that nothing would be.
    pub(crate) total: Duration,
}

impl RequestReport {
    /// Whether something was done, or why nothing was.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        Err(match &self.outcome {
            Outcome::Appended
            | Outcome::Replaced
            | Outcome::Pasted
            | Outcome::Copied(_)
            | Outcome::Showed(_) => return Ok(()),
            Outcome::NoOther => "there is no other completion".to_owned(),
            Outcome::NotReady(id) => {
                format!("the model {id} is still loading; the completion comes when it is there")
            }
            Outcome::Nothing(why) => {
                why.as_ref().map_or_else(|| "there is nothing to add".to_owned(), Reason::to_string)
            }
            Outcome::LeftAlone(refusal) => refusal.to_string(),
            Outcome::NotPasted(refusal) => refusal.to_string(),
            Outcome::Cancelled => "it was cancelled".to_owned(),
            Outcome::Failed => "something failed; see the log".to_owned(),
        })
    }

    /// The report on a request whose work panicked.
    pub(crate) fn failed(id: RequestId, mode: Mode) -> Self {
        Self { outcome: Outcome::Failed, ..Self::new(id, mode) }
    }

    /// The report on a request that was cancelled before its work began.
    pub(crate) fn new(id: RequestId, mode: Mode) -> Self {
        Self {
            id,
            mode,
            language: Language::Unknown,
            selection: Selection::Clipboard,
            outcome: Outcome::Cancelled,
            awaited: None,
            completion: None,
            completed: None,
            written: None,
            series: None,
            times: Times::default(),
        }
    }
}
