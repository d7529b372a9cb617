//! [`Series`]: the candidates of one request, through which the user goes by pressing the hotkey again: the next one, the
//! one after it, the snippet as it was, and the first again.
//!
//! A pure state machine: [`turn`] decides from what the clipboard holds whether a press goes on or begins a new series. `runner`
//! reads and writes the clipboard, and `actor` forgets.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use pounce_cli::Verb;
use pounce_engine::Mode;
use pounce_service::settings::ClipboardBehaviour;
use pounce_service::{Alternative, Completion, CompletionRequest};

use super::completions::candidate_list::CandidateList;
use super::completions::completed::Completed;
use super::coordinator::RequestId;
use super::snippet::CopiedSnippet;
use crate::clipboard::content::Snapshot;
use crate::clipboard::error::Refusal;
use crate::clipboard::rules::SnippetRead;
use crate::clipboard::source::Selection;
use crate::clipboard::undo::Replacement;
use crate::ui_language::UiLanguage;

/// The request that a series began with.
#[derive(Clone)]
pub(crate) struct Origin {
    /// The request's number.
    pub(crate) id: RequestId,
    /// The snippet that was completed.
    pub(crate) snippet: Arc<CopiedSnippet>,
    /// Its text, where it is from, and what the clipboard held.
    pub(crate) read: SnippetRead,
    /// How much was asked for.
    pub(crate) mode: Mode,
    /// What becomes of a completion. One that was pasted goes to the clipboard alone when it is shown again.
    pub(crate) behaviour: ClipboardBehaviour,
}

/// The candidates, and which of them is shown. All its texts belong to the user: never log them.
#[derive(Clone)]
pub(crate) struct Series {
    origin: Origin,
    /// Completions that fit, best first; at least one.
    candidates: Vec<Alternative>,
    /// Whether other candidates were searched for.
    is_searched: bool,
    /// The candidate that is shown; as many as there are candidates stands for the snippet as it was.
    shown: usize,
    /// What the clipboard holds while the candidate is shown.
    held: Snapshot,
    /// What undo gives back.
    replaced: Snapshot,
}

/// Which of its candidates a series shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// A completion.
    Candidate {
        /// Its place, counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// The snippet as it was.
    Snippet,
}

/// What the user's verb means for the last series.
#[derive(Debug)]
pub(crate) enum Turn {
    /// A new request.
    New,
    /// The next candidate.
    Next(Series),
    /// The candidate with this index.
    Choose(Series, usize),
    /// Nothing, because there is no such candidate.
    Nothing,
}

/// Decides what `verb` means now that `read` is the text to complete. `last` is the series that it may go on with.
///
/// # Errors
/// If only the next candidate is wanted, and the clipboard holds something else than the one before.
pub(crate) fn turn(verb: Verb, last: Option<Series>, read: &SnippetRead) -> Result<Turn, Refusal> {
    Ok(match (verb, last) {
        (Verb::Next, Some(series)) if !series.is_on(&read.clipboard) => {
            return Err(Refusal::Changed);
        }
        (Verb::Next, Some(series)) => Turn::Next(series),
        (Verb::Choose(at), Some(series)) if at <= series.candidates.len() => {
            Turn::Choose(series, at)
        }
        (Verb::Next | Verb::Choose(_), _) => Turn::Nothing,
        (_, Some(series)) if series.is_continued_by(read) => Turn::Next(series),
        _ => Turn::New,
    })
}

impl Origin {
    /// A completion of this request, for the list of the last ones.
    pub(crate) fn completed(&self, Alternative { text, confidence }: &Alternative) -> Completed {
        let text = self.snippet.bare(text);
        let (language, level) = (self.snippet.language(), confidence.map(|it| it.level));
        let (at, snippet) = (SystemTime::now(), String::new());
        Completed { id: self.id, at, snippet, text, language, level }.of(&self.read.snippet.text)
    }
}

impl Series {
    /// A series that begins with the completion of a request. The clipboard still holds what was read.
    pub(crate) fn new(origin: Origin, completion: &Completion) -> Self {
        let (held, replaced) = (origin.read.clipboard.clone(), origin.read.clipboard.clone());
        let candidates = Vec::new();
        let mut series = Self { origin, candidates, is_searched: false, shown: 0, held, replaced };
        series.add(completion);
        series
    }

    /// Whether `verb`, which asks for `mode`, may be meant for this series: another mode is another request.
    pub(crate) fn is_meant(&self, verb: Verb, mode: Mode) -> bool {
        !matches!(verb, Verb::Complete(_)) || mode == self.origin.mode
    }

    /// Whether other candidates have to be searched for before the next one is shown.
    pub(crate) fn needs_search(&self) -> bool {
        self.candidates.len() == 1 && !self.is_searched
    }

    /// The request that searches for other candidates.
    pub(crate) fn search(&self) -> CompletionRequest {
        CompletionRequest { wants_alternatives: true, ..self.request() }
    }

    /// The request that the candidates answer.
    pub(crate) fn request(&self) -> CompletionRequest {
        self.origin.snippet.request(self.origin.mode)
    }

    /// Takes what [`Self::search`] has found. Without any text, as of a model that was not ready, it may be tried again.
    pub(crate) fn found(&mut self, completion: &Completion) {
        self.is_searched = !completion.text.is_empty();
        self.add(completion);
    }

    /// The index of what is shown next; `None` if there is only what is shown now.
    pub(crate) fn next(&self) -> Option<usize> {
        let n = self.candidates.len();
        (n > 1 || self.shown > 0).then(|| (self.shown + 1) % (n + 1))
    }

    /// Shows a candidate, or the snippet as it was, in place of what the `clipboard` holds. Returns what to write, and what
    /// undo then gives back: for the whole series what the clipboard held before it.
    pub(crate) fn show(&mut self, at: usize, clipboard: Snapshot) -> Replacement {
        if !self.is_on(&clipboard) {
            self.replaced = clipboard;
        }
        self.shown = at;
        self.held = self.content();
        Replacement { before: self.replaced.clone(), after: self.held.clone() }
    }

    /// Shows a better completion in place of the first. Returns what to write, as [`Self::show`] does.
    pub(crate) fn improve(&mut self, completion: &Completion) -> Replacement {
        self.insert(0, completion);
        self.show(0, self.held.clone())
    }

    /// Keeps another completion, to be shown next.
    pub(crate) fn follow_with(&mut self, completion: &Completion) {
        self.insert(self.shown + 1, completion);
    }

    /// The number of the request that the candidates answer.
    pub(crate) fn id(&self) -> RequestId {
        self.origin.id
    }

    /// What the clipboard holds while the candidate is shown.
    pub(crate) fn held(&self) -> &Snapshot {
        &self.held
    }

    /// Shows a candidate, or the snippet as it was, while the clipboard stays as it is.
    pub(crate) fn choose(&mut self, at: usize) {
        self.shown = at;
    }

    /// This series while the clipboard holds `held`.
    pub(crate) fn holding(self, held: Snapshot) -> Self {
        Self { held, ..self }
    }

    /// The request that it began with.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The completion that is shown; `None` for the snippet as it was.
    pub(crate) fn text(&self) -> Option<String> {
        Some(self.candidates.get(self.shown)?.text.clone())
    }

    /// Which candidate is shown.
    pub(crate) fn position(&self) -> Position {
        let of = self.candidates.len();
        if self.shown == of {
            Position::Snippet
        } else {
            Position::Candidate { number: self.shown + 1, of }
        }
    }

    /// The shown candidate, for the list of the last completions; `None` for the snippet as it was.
    pub(crate) fn completed(&self) -> Option<Completed> {
        Some(self.origin.completed(self.candidates.get(self.shown)?))
    }

    /// The snippet that the candidates complete.
    pub(crate) fn snippet(&self) -> Arc<CopiedSnippet> {
        self.origin.snippet.clone()
    }

    /// The candidates as the tray lists them in `language`.
    pub(crate) fn list(&self, language: UiLanguage) -> CandidateList {
        CandidateList::new(language, &self.candidates, self.shown)
    }

    /// Whether a press that finds `read` is for this series: not if the user has selected something else since.
    fn is_continued_by(&self, read: &SnippetRead) -> bool {
        let is_same = read.snippet.text == self.origin.read.snippet.text;
        self.is_on(&read.clipboard) && (read.selection == Selection::Clipboard || is_same)
    }

    /// Whether the clipboard holds what was shown last. Programs that manage the clipboard may have changed its HTML.
    fn is_on(&self, clipboard: &Snapshot) -> bool {
        self.held.text == clipboard.text
    }

    fn content(&self) -> Snapshot {
        let Origin { snippet, behaviour, read, .. } = &self.origin;
        match self.candidates.get(self.shown) {
            Some(candidate) => Snapshot::text(snippet.compose(&candidate.text, *behaviour)),
            None => read.snippet.clone(),
        }
    }

    /// Puts a completion at its place among the candidates, and its alternatives behind them.
    fn insert(&mut self, at: usize, completion: &Completion) {
        let Completion { text, confidence, .. } = completion;
        self.candidates.retain(|known| known.text != *text);
        let candidate = Alternative { text: text.clone(), confidence: *confidence };
        self.candidates.insert(at.min(self.candidates.len()), candidate);
        self.add(completion);
    }

    fn add(&mut self, completion: &Completion) {
        let Completion { text, confidence, alternatives, .. } = completion;
        let first = Alternative { text: text.clone(), confidence: *confidence };
        for candidate in [&first].into_iter().chain(alternatives) {
            let is_known = self.candidates.iter().any(|known| known.text == candidate.text);
            if !candidate.text.is_empty() && !is_known {
                self.candidates.push(candidate.clone());
            }
        }
    }
}

impl fmt::Debug for Series {
    /// Shows numbers only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Series({:?})", self.position())
    }
}

#[cfg(test)]
mod tests;
