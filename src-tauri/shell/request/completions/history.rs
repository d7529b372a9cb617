//! [`History`]: the last completions, in memory only and for an hour.

use std::sync::Arc;
use std::time::Duration;

use super::completed::Completed;
use crate::expiring_queue::ExpiringQueue;
use crate::request::coordinator::RequestId;

/// How many completions are kept.
pub(crate) const N_KEPT: usize = 10;
/// How long a completion is kept: long enough to come back to, and not for as long as the app runs.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The last completions.
#[derive(Debug)]
pub(crate) struct History(ExpiringQueue<Arc<Completed>>);

impl Default for History {
    fn default() -> Self {
        Self(ExpiringQueue::new(N_KEPT, LIFETIME))
    }
}

impl History {
    /// Keeps a completion, in place of the one that its request had before.
    pub(crate) fn keep(&mut self, completed: Completed) {
        self.0.retain(|kept| kept.id != completed.id);
        self.0.push(Arc::new(completed));
    }

    /// The completion of this request; `None` stands for the last one.
    pub(crate) fn get(&self, id: Option<RequestId>) -> Option<&Completed> {
        let is_meant = |kept: &&Arc<Completed>| id.is_none_or(|id| kept.id == id);
        self.0.iter().rev().find(is_meant).map(Arc::as_ref)
    }

    /// All completions, newest first.
    pub(crate) fn list(&self) -> Vec<Arc<Completed>> {
        self.0.iter().rev().cloned().collect()
    }

    /// Forgets every completion.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Waits until the oldest completion is too old, and forgets it. Waits forever if there is none.
    pub(crate) async fn expire(&mut self) {
        self.0.expire().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use pounce_engine::Language;

    use super::*;

    fn completed(id: RequestId, text: &str) -> Completed {
        let (at, snippet, text) = (SystemTime::UNIX_EPOCH, String::new(), text.to_owned());
        Completed { id, at, snippet, text, language: Language::Unknown, level: None }
    }

    fn texts(history: &History) -> Vec<String> {
        history.list().iter().map(|kept| kept.text.clone()).collect()
    }

    #[test]
    fn a_request_has_one_completion() {
        let mut history = History::default();
        for (id, text) in [(1, "a"), (2, "b"), (1, "c")] {
            history.keep(completed(id, text));
        }
        assert_eq!(texts(&history), ["c", "b"], "the candidate that was shown last");
        assert_eq!(history.get(None).map(|it| &*it.text), Some("c"), "the last one");
        assert_eq!(history.get(Some(2)).map(|it| &*it.text), Some("b"), "the one that is meant");
        assert_eq!(history.get(Some(3)), None, "which may be forgotten");
    }

    #[test]
    fn ten_are_kept() {
        let mut history = History::default();
        (0..12).for_each(|id| history.keep(completed(id, &id.to_string())));
        assert_eq!((texts(&history).len(), texts(&history)[0].as_str()), (10, "11"));
        history.forget();
        assert!(texts(&history).is_empty(), "until all are forgotten");
    }
}
