//! [`Notice`]: the desktop notification after a request, with what happened and how long it took.
//!
//! [`Notifier`] shows it through `notify-rust`. A notice replaces the one before it and never holds code.

use std::sync::Mutex;
use std::time::Duration;

use notify_rust::{Hint, Notification, Timeout, Urgency};
use pounce_service::confidence::Level;
use pounce_service::settings::Notices;
use pounce_service::{Completion, CompletionSource, Lookup};

use super::report::{Outcome, RequestReport};
use super::series::Position;
use crate::clipboard::error::Refusal;
use crate::clipboard::source::Selection;
use crate::sync::lock;

/// How long a notice is shown.
const SHOWN: Duration = Duration::from_secs(4);

/// The text of a desktop notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// What happened.
    pub(crate) summary: String,
    /// The remedy, or where the completion came from; may be empty.
    pub(crate) body: String,
    /// Whether something was not done: what the user is told by default.
    pub(crate) is_failure: bool,
}

impl Notice {
    /// The notice that something was done.
    fn done(summary: impl Into<String>, body: impl Into<String>) -> Self {
        Self { summary: summary.into(), body: body.into(), is_failure: false }
    }

    /// The notice that something was not done.
    fn failure(summary: impl Into<String>, body: impl Into<String>) -> Self {
        Self { summary: summary.into(), body: body.into(), is_failure: true }
    }

    /// Whether the user wants to see this notice.
    pub(crate) fn is_wanted(&self, notices: Notices) -> bool {
        match notices {
            Notices::All => true,
            Notices::Failures => self.is_failure,
            Notices::None => false,
        }
    }

    /// The notice for a request that has ended.
    pub(crate) fn of(report: &RequestReport) -> Self {
        let notice = Self::of_outcome(report);
        let completion = report.completion.as_ref();
        let notice = notice.then(&completion.map(|it| read_around(&it.lookup)).unwrap_or_default());
        match completion.and_then(|completion| completion.sent_to.as_ref()) {
            Some(id) => notice.then(&format!("Your code was sent to {id}.")),
            None => notice,
        }
    }

    fn of_outcome(report: &RequestReport) -> Self {
        let done = |what: &str| {
            let summary = format!("{what} in {} ms", report.times.total.as_millis());
            Self::done(summary, report.completion.as_ref().map(origin).unwrap_or_default())
        };
        match &report.outcome {
            Outcome::Appended | Outcome::Replaced => done("Completed").then(how_to_paste(report)),
            Outcome::Pasted => done("Pasted"),
            Outcome::Copied(why) => Self::failure(
                "Copied, not pasted",
                sentence(&format!("{why}; the completion is on the clipboard")),
            ),
            Outcome::NotReady(id) => Self::failure(
                "Not ready yet",
                format!(
                    "The model {id} is still loading. The completion comes when it is there, unless you copy something else."
                ),
            ),
            Outcome::Showed(Position::Candidate { number, of }) => {
                Self::done(format!("{number} of {of}"), "This completion is on the clipboard.")
            }
            Outcome::Showed(Position::Snippet) => {
                Self::done("The snippet as it was", "Press again for the first completion.")
            }
            Outcome::NoOther => Self::failure(
                "No other completion",
                "The clipboard was left alone; the hotkey of another mode goes on from there.",
            ),
            Outcome::Nothing(why) => {
                Self::failure("Nothing to add", why.as_deref().map(sentence).unwrap_or_default())
            }
            Outcome::LeftAlone(refusal) => {
                Self::failure("Not completed", sentence(&refusal.to_string()))
            }
            Outcome::NotPasted(refusal) => {
                Self::failure("Not pasted", sentence(&refusal.to_string()))
            }
            Outcome::Cancelled => Self::done("Cancelled", ""),
            Outcome::Failed => Self::failure("Not completed", "Something failed; see the log."),
        }
    }

    /// This notice with another sentence; an empty one adds nothing.
    fn then(mut self, sentence: &str) -> Self {
        let separator = if self.body.is_empty() || sentence.is_empty() { "" } else { " " };
        self.body += separator;
        self.body += sentence;
        self
    }

    /// The notice for an undo.
    pub(crate) fn of_undo(result: &Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::done("The old clipboard is back", ""),
            Err(refusal) => Self::failure("Not undone", sentence(&refusal.to_string())),
        }
    }

    /// The notice for copying the last completion.
    pub(crate) fn of_copy(result: &Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::done("The last completion is on the clipboard", ""),
            Err(error) => Self::failure("Not copied", sentence(&error.to_string())),
        }
    }

    /// The notice for hotkeys that another program holds.
    pub(crate) fn hotkeys_taken(keys: &[String]) -> Self {
        Self::failure(
            "A hotkey does not work",
            format!(
                "Another program holds {}. Choose other keys in the settings, or end that program: Pounce tries again.",
                keys.join(" and ")
            ),
        )
    }

    /// The notice for hotkeys that another program has let go.
    pub(crate) fn hotkeys_work(keys: &[String]) -> Self {
        Self::done(format!("{} works now", keys.join(" and ")), "")
    }

    /// The notice for settings that were changed in the menu and could not be saved.
    pub(crate) fn not_saved(error: &impl ToString) -> Self {
        Self::failure("Not changed", sentence(&error.to_string()))
    }

    /// The notice for a completion that is asked for while the app is paused.
    pub(crate) fn paused() -> Self {
        Self::failure("Pounce is paused", "Resume it in the tray menu or the dashboard.")
    }

    /// The notice for the end of the app, with which what it had put on the clipboard is gone.
    pub(crate) fn lost() -> Self {
        Self::failure(
            "The clipboard is empty",
            "Pounce has ended, and what it had put there went with it. A clipboard manager would keep it.",
        )
    }
}

/// How to paste what is on the clipboard now, where the user has not copied but selected; empty otherwise.
fn how_to_paste(report: &RequestReport) -> &'static str {
    match (report.selection, &report.outcome) {
        (Selection::Clipboard, _) => "",
        (_, Outcome::Appended) => {
            "Your selection with its completion is on the clipboard: Ctrl+V puts it in the selection's place."
        }
        _ => "It is on the clipboard: put the cursor behind your selection and press Ctrl+V.",
    }
}

/// Which file was read around the snippet; empty if none was, for which most snippets give no reason.
fn read_around(lookup: &Lookup) -> String {
    match lookup {
        Lookup::Found(file) => format!("With {}.", file.display()),
        Lookup::Ambiguous(_) => "Your code stands in several places: none was read.".into(),
        Lookup::None | Lookup::Missed(_) => String::new(),
    }
}

/// Which model or fallback answered; empty if none did.
fn origin(completion: &Completion) -> String {
    let from = match &completion.source {
        CompletionSource::Model(id) => format!("By {id}"),
        CompletionSource::Remote(id) => format!("By {id}, a remote engine"),
        CompletionSource::Cache(_) => "From the cache".into(),
        CompletionSource::Copy => "Copied from the snippet itself".into(),
        CompletionSource::Brackets => "Open brackets closed".into(),
        CompletionSource::None => return String::new(),
    };
    let cut = if completion.is_partial { ", cut at the deadline" } else { "" };
    let sureness = completion.confidence.map_or("", |confidence| sureness(confidence.level));
    format!("{from}{cut}.{sureness}")
}

/// How sure a completion is, as a sentence that follows others.
fn sureness(level: Level) -> &'static str {
    match level {
        Level::Sure => " It is sure.",
        Level::Likely => " It is likely right.",
        Level::Unsure => " It is unsure: look before you use it.",
    }
}

/// A message of the program as a sentence: with a capital letter and a full stop.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).chain(['.']).collect()
}

/// Shows notices on the desktop, each replacing the one before.
#[derive(Debug, Default)]
pub(crate) struct Notifier {
    /// The notification service's id of the last notice; 0 before the first.
    last_id: Mutex<u32>,
}

impl Notifier {
    /// Shows a notice. Takes about 10 ms, and longer if the desktop has to start its notification service first.
    pub(crate) fn show(&self, notice: &Notice) {
        let mut last_id = lock(&self.last_id);
        let mut notification = Notification::new();
        notification
            .appname("Pounce")
            .icon("pounce")
            .summary(&notice.summary)
            .body(&notice.body)
            .id(*last_id)
            .hint(Hint::Transient(true))
            .urgency(Urgency::Low)
            .timeout(Timeout::from(SHOWN));
        match notification.show() {
            Ok(handle) => *last_id = handle.id(),
            // The desktop may have no notification service; the request is fine without.
            Err(error) => tracing::debug!(%error, "no notice can be shown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clipboard::paste::{PasteError, PasteRefusal};
    use crate::request::report::Times;
    use crate::request::test_doubles::answer;
    use pounce_service::confidence::Confidence;
    use pounce_service::{ModelId, NoPlace};

    fn report(outcome: Outcome) -> RequestReport {
        let times = Times { total: Duration::from_micros(63_700), ..Times::default() };
        RequestReport { outcome, times, ..RequestReport::new(1, pounce_engine::Mode::Line) }
    }

    fn check(outcome: Outcome, summary: &str, body: &str) {
        let notice = Notice::of(&report(outcome));
        assert_eq!(
            (notice.summary.as_str(), notice.body.as_str()),
            (summary, body),
            "what happened, in two lines"
        );
    }

    #[test]
    fn every_outcome_has_its_notice() {
        check(Outcome::Appended, "Completed in 63 ms", "");
        check(Outcome::Pasted, "Pasted in 63 ms", "");
        check(Outcome::Nothing(None), "Nothing to add", "");
        check(
            Outcome::Nothing(Some("no model is installed".into())),
            "Nothing to add",
            "No model is installed.",
        );
        check(
            Outcome::LeftAlone(Refusal::Image),
            "Not completed",
            "The clipboard holds a picture; it was left alone.",
        );
        check(
            Outcome::Copied(PasteError::Elsewhere),
            "Copied, not pasted",
            "Another window came to the front; the completion is on the clipboard.",
        );
        check(
            Outcome::NotPasted(PasteRefusal::Overtaken(PasteError::NotFetched)),
            "Not pasted",
            "The window did not take it in time; `pounce copy-last` or the tray menu copies it.",
        );
        check(
            Outcome::NotReady("pounce-50m".into()),
            "Not ready yet",
            "The model pounce-50m is still loading. The completion comes when it is there, unless you copy something else.",
        );
        check(
            Outcome::Showed(Position::Candidate { number: 2, of: 3 }),
            "2 of 3",
            "This completion is on the clipboard.",
        );
        check(
            Outcome::Showed(Position::Snippet),
            "The snippet as it was",
            "Press again for the first completion.",
        );
        check(
            Outcome::NoOther,
            "No other completion",
            "The clipboard was left alone; the hotkey of another mode goes on from there.",
        );
        check(Outcome::Cancelled, "Cancelled", "");
    }

    #[test]
    fn a_completion_says_how_sure_it_is() {
        let body = |level| {
            let confidence = Some(Confidence { probability: 0.5, level });
            let completion = Some(Completion { confidence, ..answer("x", Vec::new()) });
            Notice::of(&RequestReport { completion, ..report(Outcome::Pasted) }).body
        };
        assert_eq!(body(Level::Sure), "By scripted. It is sure.");
        assert_eq!(body(Level::Unsure), "By scripted. It is unsure: look before you use it.");
    }

    #[test]
    fn a_notice_names_the_file_that_was_read() {
        let body = |lookup| {
            let completion = Some(Completion { lookup, ..answer("x", Vec::new()) });
            Notice::of(&RequestReport { completion, ..report(Outcome::Pasted) }).body
        };
        assert_eq!(body(Lookup::Found("src/foo.rs".into())), "By scripted. With src/foo.rs.");
        let ambiguous = body(Lookup::Ambiguous("src/foo.rs".into()));
        assert!(ambiguous.contains("several places"), "{ambiguous}");
        assert_eq!(body(Lookup::Missed(NoPlace::NotFound)), "By scripted.", "nothing to say");
    }

    #[test]
    fn a_completed_selection_says_how_to_paste_it() {
        let told = |outcome| {
            let selection = Selection::Primary;
            Notice::of(&RequestReport { selection, ..report(outcome) }).body
        };
        assert!(told(Outcome::Appended).contains("in the selection's place"), "with the snippet");
        assert!(told(Outcome::Replaced).contains("behind your selection"), "without it");
        assert_eq!(told(Outcome::Cancelled), "", "there is nothing to paste");
    }

    #[test]
    fn a_notice_says_that_code_left_the_machine_whatever_answered() {
        let far = || ModelId::from("far");
        for (source, outcome, body) in [
            (
                CompletionSource::Remote(far()),
                Outcome::Appended,
                "By far, a remote engine. Your code was sent to far.",
            ),
            (
                CompletionSource::Copy,
                Outcome::Appended,
                "Copied from the snippet itself. Your code was sent to far.",
            ),
            (CompletionSource::None, Outcome::Cancelled, "Your code was sent to far."),
        ] {
            let sent = Completion { source, sent_to: Some(far()), ..answer("x", Vec::new()) };
            let notice = Notice::of(&RequestReport { completion: Some(sent), ..report(outcome) });
            assert_eq!(notice.body, body, "it says where the code was sent");
        }
    }

    #[test]
    fn failures_are_hidden_only_with_all_notices() {
        let shown = |outcome: Outcome| {
            let notice = Notice::of(&report(outcome));
            [Notices::All, Notices::Failures, Notices::None].map(|it| notice.is_wanted(it))
        };
        for success in [Outcome::Appended, Outcome::Pasted, Outcome::Cancelled] {
            assert_eq!(shown(success), [true, false, false]);
        }
        let failures = [Outcome::Nothing(None), Outcome::NoOther, Outcome::Failed];
        for failure in failures.into_iter().chain([Outcome::LeftAlone(Refusal::Image)]) {
            assert_eq!(shown(failure), [true, true, false]);
        }
    }

    #[test]
    fn undoing_has_its_notice() {
        assert_eq!(Notice::of_undo(&Ok(())).summary, "The old clipboard is back", "it worked");
        let refused = Notice::of_undo(&Err(Refusal::Changed));
        assert!(refused.body.contains("changed"), "the reason is given: {refused:?}");
    }
}
