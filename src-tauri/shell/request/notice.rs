//! [`Notice`]: the desktop notification after a request, with what happened and how long it took.
//!
//! [`Notifier`] shows it through `notify-rust`. A notice replaces the one before it and never holds code.

use std::sync::Mutex;
use std::time::Duration;

use notify_rust::{Hint, Notification, Timeout, Urgency};
use pounce_service::confidence::Level;
use pounce_service::settings::Notices;
use pounce_service::{Completion, CompletionSource, Lookup, ModelId};

use super::report::{Outcome, RequestReport};
use super::series::Position;
use super::{nothing_text, refusal_text};
use crate::clipboard::error::Refusal;
use crate::clipboard::source::Selection;
use crate::sync::lock;
use crate::ui_language::UiLanguage;

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

    /// The notice for a request that has ended; `name` is what people call a model.
    pub(crate) fn of(
        language: UiLanguage,
        report: &RequestReport,
        name: impl Fn(&ModelId) -> String,
    ) -> Self {
        let notice = Self::of_outcome(language, report, &name);
        let completion = report.completion.as_ref();
        let notice = notice
            .then(&completion.map(|it| read_around(language, &it.lookup)).unwrap_or_default());
        notice.then(&completion.map(|it| sent_to(language, it, &name)).unwrap_or_default())
    }

    /// The notice for a completion that has taken the first one's place `after` the key press.
    pub(crate) fn of_improvement(
        language: UiLanguage,
        completion: &Completion,
        after: Duration,
        name: impl Fn(&ModelId) -> String,
    ) -> Self {
        let summary = language.notice_improved(after.as_millis());
        Self::done(summary, origin(language, completion, &name))
            .then(&sent_to(language, completion, &name))
    }

    fn of_outcome(
        language: UiLanguage,
        report: &RequestReport,
        name: &impl Fn(&ModelId) -> String,
    ) -> Self {
        let ms = report.times.total.as_millis();
        let completion = report.completion.as_ref();
        let origin = || completion.map(|it| origin(language, it, name)).unwrap_or_default();
        match &report.outcome {
            Outcome::Appended | Outcome::Replaced => {
                Self::done(language.notice_completed(ms), origin())
                    .then(how_to_paste(language, report))
            }
            Outcome::Pasted => Self::done(language.notice_pasted(ms), origin()),
            Outcome::Copied(why) => Self::failure(
                language.notice_copied(),
                sentence(&language.notice_copied_why(refusal_text::paste_error(language, why))),
            ),
            Outcome::NotReady(id) => {
                Self::failure(language.notice_not_ready(), language.notice_not_ready_why(name(id)))
            }
            Outcome::Showed(Position::Candidate { number, of }) => {
                Self::done(language.notice_candidate(number, of), language.notice_candidate_where())
            }
            Outcome::Showed(Position::Snippet) => {
                Self::done(language.notice_snippet(), language.notice_snippet_next())
            }
            Outcome::NoOther => {
                Self::failure(language.notice_no_other(), language.notice_no_other_why())
            }
            Outcome::Nothing(why) => {
                let why = why.as_ref().map(|why| nothing_text::reason(language, why, name));
                Self::failure(
                    language.notice_nothing(),
                    why.as_deref().map(sentence).unwrap_or_default(),
                )
            }
            Outcome::LeftAlone(why) => Self::failure(
                language.notice_not_completed(),
                sentence(&refusal_text::refusal(language, why)),
            ),
            Outcome::NotPasted(why) => Self::failure(
                language.notice_not_pasted(),
                sentence(&refusal_text::paste_refusal(language, why)),
            ),
            Outcome::Cancelled => Self::done(language.notice_cancelled(), ""),
            Outcome::Failed => {
                Self::failure(language.notice_not_completed(), language.notice_failed())
            }
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
    pub(crate) fn of_undo(language: UiLanguage, result: &Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::done(language.notice_undone(), ""),
            Err(why) => Self::failure(
                language.notice_not_undone(),
                sentence(&refusal_text::refusal(language, why)),
            ),
        }
    }

    /// The notice for copying an earlier completion.
    pub(crate) fn of_copy(language: UiLanguage, result: &Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::done(language.notice_copied_again(), ""),
            Err(why) => Self::failure(
                language.notice_not_copied(),
                sentence(&refusal_text::refusal(language, why)),
            ),
        }
    }

    /// The notice for hotkeys that another program holds.
    pub(crate) fn hotkeys_taken(language: UiLanguage, keys: &[String]) -> Self {
        let keys = named(language, keys);
        Self::failure(language.notice_hotkey_taken(), language.notice_hotkey_taken_why(keys))
    }

    /// The notice for hotkeys that another program has let go.
    pub(crate) fn hotkeys_work(language: UiLanguage, keys: &[String]) -> Self {
        Self::done(language.notice_hotkey_works(named(language, keys)), "")
    }

    /// The notice for settings that were changed in the menu and could not be saved.
    pub(crate) fn not_saved(language: UiLanguage, error: &impl ToString) -> Self {
        Self::failure(language.notice_not_saved(), sentence(&error.to_string()))
    }

    /// The notice for a settings file of which not all could be taken into force.
    pub(crate) fn settings_broken(language: UiLanguage, problem: &str) -> Self {
        Self::failure(language.notice_settings_broken(), sentence(problem))
    }

    /// The notice for a completion that is asked for while the app is paused.
    pub(crate) fn paused(language: UiLanguage) -> Self {
        Self::failure(language.notice_paused(), language.notice_paused_remedy())
    }

    /// The notice for the end of the app, with which what it had put on the clipboard is gone.
    pub(crate) fn lost(language: UiLanguage) -> Self {
        Self::failure(language.notice_lost(), language.notice_lost_why())
    }
}

/// The keys of several hotkeys, as they are printed on the keyboard.
fn named(language: UiLanguage, keys: &[String]) -> String {
    keys.iter().map(|keys| language.keys(keys)).collect::<Vec<_>>().join(", ")
}

/// How to paste what is on the clipboard now, where the user has not copied but selected; empty otherwise.
fn how_to_paste(language: UiLanguage, report: &RequestReport) -> &'static str {
    match (report.selection, &report.outcome) {
        (Selection::Clipboard, _) => "",
        (_, Outcome::Appended) => language.notice_paste_selection(),
        _ => language.notice_paste_behind(),
    }
}

/// Which file was read around the snippet; empty if none was, for which most snippets give no reason.
fn read_around(language: UiLanguage, lookup: &Lookup) -> String {
    match lookup {
        Lookup::Found(file) => language.notice_with(file.display()),
        Lookup::Ambiguous(_) => language.notice_several_places().into(),
        Lookup::None | Lookup::Missed(_) => String::new(),
    }
}

/// Which server was sent the code; empty if none was.
fn sent_to(
    language: UiLanguage,
    completion: &Completion,
    name: &impl Fn(&ModelId) -> String,
) -> String {
    let id = completion.sent_to.as_ref();
    id.map(|id| language.notice_sent_to(name(id))).unwrap_or_default()
}

/// Which model or fallback answered; empty if none did.
fn origin(
    language: UiLanguage,
    completion: &Completion,
    name: &impl Fn(&ModelId) -> String,
) -> String {
    let from = match &completion.source {
        CompletionSource::Model(id) => language.notice_by(name(id)),
        CompletionSource::Remote(id) => language.notice_by_remote(name(id)),
        CompletionSource::Cache(_) => language.notice_from_cache().into(),
        CompletionSource::Copy => language.notice_from_snippet().into(),
        CompletionSource::Brackets => language.notice_brackets().into(),
        CompletionSource::None => return String::new(),
    };
    let from = if completion.is_partial { language.notice_cut(from) } else { from };
    match completion.confidence {
        Some(confidence) => format!("{from}. {}", sureness(language, confidence.level)),
        None => format!("{from}."),
    }
}

/// How sure a completion is, as a sentence.
fn sureness(language: UiLanguage, level: Level) -> &'static str {
    match level {
        Level::Sure => language.notice_sure(),
        Level::Likely => language.notice_likely(),
        Level::Unsure => language.notice_unsure(),
    }
}

/// A message of the program as a sentence: with a full stop, and with a capital letter unless it begins with a name, an
/// id or a path.
fn sentence(message: &str) -> String {
    let first = message.split([' ', ',']).next().unwrap_or_default();
    let is_word = first.bytes().all(|byte| byte.is_ascii_lowercase());
    let n_capital = usize::from(is_word).min(message.len());
    let (capital, rest) = message.split_at(n_capital);
    format!("{}{rest}.", capital.to_ascii_uppercase())
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
    use pounce_service::{ModelId, NoPlace, Reason};

    fn report(outcome: Outcome) -> RequestReport {
        let times = Times { total: Duration::from_micros(63_700), ..Times::default() };
        RequestReport { outcome, times, ..RequestReport::new(1, pounce_engine::Mode::Line) }
    }

    fn notice(report: &RequestReport) -> Notice {
        Notice::of(UiLanguage::En, report, ToString::to_string)
    }

    fn check(outcome: Outcome, summary: &str, body: &str) {
        let notice = notice(&report(outcome));
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
        check(Outcome::Nothing(Some(Reason::NoModel)), "Nothing to add", "No model is installed.");
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
    fn a_notice_is_in_the_user_s_language() {
        let notice =
            |language, outcome| Notice::of(language, &report(outcome), ToString::to_string);
        assert_eq!(notice(UiLanguage::De, Outcome::Appended).summary, "Vervollständigt in 63 ms");
        let refused = notice(UiLanguage::Fr, Outcome::LeftAlone(Refusal::Empty));
        assert_eq!(refused.summary, "Pas complété");
        assert_eq!(refused.body, "Le presse-papiers est vide\u{202f}; copiez d’abord du code.");
        assert_eq!(notice(UiLanguage::Es, Outcome::Cancelled).summary, "Cancelado");
    }

    #[test]
    fn a_completion_says_how_sure_it_is() {
        let body = |level| {
            let confidence = Some(Confidence { probability: 0.5, level });
            let completion = Some(Completion { confidence, ..answer("x", Vec::new()) });
            notice(&RequestReport { completion, ..report(Outcome::Pasted) }).body
        };
        assert_eq!(body(Level::Sure), "By scripted. It is sure.");
        assert_eq!(body(Level::Unsure), "By scripted. It is unsure: look before you use it.");
    }

    #[test]
    fn a_notice_names_the_file_that_was_read() {
        let body = |lookup| {
            let completion = Some(Completion { lookup, ..answer("x", Vec::new()) });
            notice(&RequestReport { completion, ..report(Outcome::Pasted) }).body
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
            notice(&RequestReport { selection, ..report(outcome) }).body
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
            let notice = notice(&RequestReport { completion: Some(sent), ..report(outcome) });
            assert_eq!(notice.body, body, "it says where the code was sent");
        }
    }

    #[test]
    fn failures_are_hidden_only_with_all_notices() {
        let shown = |outcome: Outcome| {
            let notice = notice(&report(outcome));
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
    fn names_do_not_begin_with_a_capital() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        for name in ["pounce-50m failed", "settings.jsonc is broken", "/home is full", "äther"] {
            assert_eq!(sentence(name), format!("{name}."));
        }
    }

    #[test]
    fn undoing_has_its_notice() {
        assert_eq!(
            Notice::of_undo(UiLanguage::En, &Ok(())).summary,
            "The old clipboard is back",
            "it worked"
        );
        let refused = Notice::of_undo(UiLanguage::En, &Err(Refusal::Changed));
        assert!(refused.body.contains("changed"), "the reason is given: {refused:?}");
    }
}
