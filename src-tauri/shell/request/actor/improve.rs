//! The actor's part in improving a completion: it has a larger model go on, and puts what that finds in the first one's
//! place if nothing has pasted the first one.

use std::time::Instant;

use pounce_service::Improvement;

use super::{Message, RequestActor};
use crate::clipboard::backend::ClipboardBackend;
use crate::clipboard::content::Snapshot;
use crate::clipboard::paste::Paster;
use crate::clipboard::rules;
use crate::clipboard::undo::Replacement;
use crate::request::coordinator::RequestId;
use crate::request::desktop_ui::DesktopUi;
use crate::request::improving::{ImprovementLimits, Improving};
use crate::request::notice::Notice;
use crate::request::report::{Outcome, RequestReport};
use crate::request::runner::Completer;

impl<C: Completer, U: DesktopUi, P: Paster + Clone + 'static> RequestActor<C, U, P> {
    /// Has a larger model go on with a request that has just ended, if its completion waits on the clipboard.
    pub(super) fn improve(&mut self, report: &RequestReport, at: Instant) {
        let is_on_clipboard = matches!(report.outcome, Outcome::Appended | Outcome::Replaced);
        let limits = self.ui.settings().improvement.filter(|_| is_on_clipboard);
        let (Some(limits), Some(first), Some(series)) =
            (limits, report.completion.clone(), &report.series)
        else {
            return;
        };
        let (completer, inbox) = (self.completer.clone(), self.inbox.clone());
        let (id, request) = (report.id, series.request());
        let task = tokio::spawn(async move {
            let found = completer.improve(request, first, limits.maximum).await;
            if let Some(found) = found {
                // The receiver is gone once the app ends.
                let _ = inbox.send(Message::Improved(id, Box::new(found)));
            }
        });
        self.improving = Some(Improving { id, at, limits, task });
    }

    /// Ends the larger model's work if another program has copied something.
    pub(super) async fn stop_improving_if_overtaken(&mut self) {
        let is_overtaken = |backend: &mut dyn ClipboardBackend| backend.is_overtaken();
        if self.improving.is_some() && self.clipboard.run(is_overtaken).await.unwrap_or(true) {
            self.improving = None;
        }
    }

    /// Takes the completion of a larger model: in the first one's place, or as the next candidate.
    pub(super) async fn improved(&mut self, id: RequestId, improvement: Improvement) {
        let Some(improving) = self.improving.take_if(|it| it.id == id) else { return };
        let Some(first) = self.series.last().filter(|series| series.id() == id).cloned() else {
            return;
        };
        let Improvement { completion, is_worth_more } = improvement;
        let mut better = first.clone();
        let replacement = better.improve(&completion);
        let is_replaced = is_worth_more
            && self.replace_first(first.held().clone(), &replacement, improving.limits).await;
        if is_replaced {
            self.undo.push(replacement);
            better.completed().into_iter().for_each(|it| self.history.keep(it));
            let (language, after) = (self.ui.language(), improving.at.elapsed());
            let name = |id: &_| self.ui.model_name(id);
            self.ui.notify(Notice::of_improvement(language, &completion, after, name));
        } else {
            better = first;
            better.follow_with(&completion);
        }
        if is_worth_more {
            self.ui.improved(is_replaced);
        }
        self.series.push(better);
        self.draw();
    }

    /// Writes a better completion in place of `first`. Returns whether that was still possible.
    async fn replace_first(
        &self,
        first: Snapshot,
        replacement: &Replacement,
        limits: ImprovementLimits,
    ) -> bool {
        let (better, unseen) = (replacement.after.clone(), limits.unseen);
        let improve = move |backend: &mut dyn ClipboardBackend| {
            rules::improve(backend, &first, &better, unseen)
        };
        let improved = self.clipboard.run(improve).await;
        matches!(improved, Ok(Ok(())))
    }
}
