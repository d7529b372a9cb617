//! [`RecentCompletionStore`]: what each model has completed last, from which the engine drafts tokens.
//!
//! It is kept in memory only, and forgotten with the completion cache and with age. A run that goes on
//! while it is forgotten leaves nothing behind.

use std::collections::HashMap;
use std::time::Duration;

use pounce_engine::RecentCompletions;
use tokio::time::Instant;

use pounce_models::registry::InstalledModel;

/// The last completions of each model.
#[derive(Debug, Default)]
pub(crate) struct RecentCompletionStore(HashMap<Version, Kept>);

/// A model as it was installed: another version may have other tokens.
type Version = String;

#[derive(Debug)]
struct Kept {
    completions: RecentCompletions,
    last_used: Instant,
}

impl RecentCompletionStore {
    /// What `model` has completed last, for its next run to read and add to.
    pub(crate) fn of(&mut self, model: &InstalledModel) -> RecentCompletions {
        let version = format!("{} {}", model.id, model.fingerprint);
        let new = || Kept { completions: RecentCompletions::default(), last_used: Instant::now() };
        let kept = self.0.entry(version).or_insert_with(new);
        kept.last_used = Instant::now();
        kept.completions.clone()
    }

    /// Forgets the completions of models that have not run for `max_age`.
    pub(crate) fn expire(&mut self, max_age: Duration) {
        self.0.retain(|_, kept| kept.last_used.elapsed() <= max_age);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::fake::{FakeLoader, FakeModel};

    #[tokio::test(start_paused = true)]
    async fn a_model_finds_its_own_again_until_they_are_forgotten() {
        let registry =
            FakeLoader::new([("a", FakeModel::default()), ("b", FakeModel::default())]).registry();
        let [a, b] = ["a", "b"].map(|id| registry.get(&id.into()).unwrap());
        let mut recents = RecentCompletionStore::default();
        let of_a = recents.of(a);
        assert_eq!(recents.of(a), of_a, "the same ones");
        assert_ne!(recents.of(b), of_a, "another model has other tokens");
        let newer = InstalledModel { fingerprint: "another".to_owned(), ..a.clone() };
        assert_ne!(recents.of(&newer), of_a, "so may another version");
        tokio::time::advance(Duration::from_secs(60)).await;
        recents.expire(Duration::from_secs(60));
        assert_eq!(recents.of(a), of_a, "not old enough");
        tokio::time::advance(Duration::from_secs(61)).await;
        recents.expire(Duration::from_secs(60));
        let later = recents.of(a);
        assert_ne!(later, of_a, "too old");
        recents.clear();
        assert_ne!(recents.of(a), later, "the user does not want it kept");
    }
}
