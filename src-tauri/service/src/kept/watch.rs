//! [`KeptWatch`]: looks again at the files in which completions belong.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime};

use pounce_models::catalog::ModelId;
use pounce_models::storage;
use pounce_models::sync::{lock, spawn_blocking};
use pounce_project::Projects;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::counts::{Found, KeptCounts, Moment};
use super::delivered::Delivered;
use crate::confidence::{Confidence, Correction};

/// When a file is looked at again: the completion is pasted and saved by then, and later judged.
const MOMENTS: [(Moment, Duration); 2] = [
    (Moment::HalfMinute, Duration::from_secs(30)),
    (Moment::FiveMinutes, Duration::from_secs(5 * 60)),
];
/// The most completions that wait for it.
const MAX_WATCHED: usize = 64;
/// A file that takes longer to read is left: its disk hangs.
const READ_LIMIT: Duration = Duration::from_secs(1);

/// Looks again at the files in which completions belong, and counts those that stand there.
#[derive(Debug)]
pub(crate) struct KeptWatch {
    counts: Mutex<KeptCounts>,
    corrections: Mutex<HashMap<ModelId, Correction>>,
    /// One for each completion, which owns its text.
    tasks: Mutex<JoinSet<()>>,
    /// Where the counts are kept.
    file: PathBuf,
}

impl KeptWatch {
    /// Goes on with the counts of a file; without one, or with a broken one, at zero.
    pub(crate) fn open(file: PathBuf) -> Arc<Self> {
        let counts: KeptCounts = storage::read_json(&file).unwrap_or_default();
        let watch = Self {
            counts: counts.into(),
            corrections: Mutex::default(),
            tasks: Mutex::default(),
            file,
        };
        watch.correct();
        Arc::new(watch)
    }

    /// Looks for a completion in its file later. Returns at once.
    pub(crate) fn watch(self: &Arc<Self>, delivered: Delivered, projects: &Arc<Projects>) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        if tasks.len() < MAX_WATCHED {
            tasks.spawn(follow(delivered, Arc::clone(projects), Arc::downgrade(self)));
        }
    }

    /// Forgets the completions that were not looked for yet; the counts stay.
    pub(crate) fn forget(&self) {
        lock(&self.tasks).abort_all();
    }

    /// Forgets the counts, too, and with them every correction.
    pub(crate) fn clear(&self) {
        self.forget();
        *lock(&self.counts) = KeptCounts::default();
        lock(&self.corrections).clear();
        let _ = std::fs::remove_file(&self.file);
    }

    /// A copy of the counts.
    pub(crate) fn counts(&self) -> KeptCounts {
        lock(&self.counts).clone()
    }

    /// How sure a completion of `model` is, by what became of earlier ones.
    pub(crate) fn corrected(&self, model: &ModelId, confidence: Confidence) -> Confidence {
        match lock(&self.corrections).get(model) {
            Some(correction) => confidence.corrected(*correction),
            None => confidence,
        }
    }

    fn correct(&self) {
        let counts = self.counts();
        let fitted = |model: &ModelId| Some((model.clone(), counts.correction(model)?));
        *lock(&self.corrections) = counts.models().filter_map(fitted).collect();
    }

    async fn count(&self, delivered: &Delivered, found: Found) {
        let Delivered { model, confidence, .. } = delivered;
        let told = self.corrected(model, *confidence).level;
        lock(&self.counts).count(model, told, *confidence, found);
        self.correct();
        let (counts, file) = (self.counts(), self.file.clone());
        let saved = spawn_blocking(move || storage::write_json(&file, &counts)).await;
        if let Err(error) = saved {
            tracing::warn!(file = %self.file.display(), %error, "counts were not written");
        }
    }
}

/// Looks for a completion in its file at each moment. A file that was not saved since says nothing, and
/// one in which the text stood before neither.
async fn follow(delivered: Delivered, projects: Arc<Projects>, watch: Weak<KeptWatch>) {
    let start = Instant::now();
    let Some(before) = read(&delivered, &projects).await.filter(|file| !file.is_kept) else {
        return;
    };
    for (moment, after) in MOMENTS {
        sleep_until(start + after).await;
        let Some(now) = read(&delivered, &projects).await else { continue };
        if now.modified == before.modified {
            continue;
        }
        let Some(watch) = watch.upgrade() else { return };
        watch.count(&delivered, Found { moment, is_kept: now.is_kept }).await;
    }
}

/// A file as it was looked at.
struct Look {
    modified: SystemTime,
    is_kept: bool,
}

/// Looks at a file; `None` if it cannot be read any more.
async fn read(delivered: &Delivered, projects: &Arc<Projects>) -> Option<Look> {
    let (path, projects) = (delivered.path.clone(), Arc::clone(projects));
    let read = spawn_blocking(move || projects.text_of(&path));
    let (text, modified) = timeout(READ_LIMIT, read).await.ok()??;
    Some(Look { modified, is_kept: delivered.stands_in(&text) })
}

#[cfg(test)]
mod tests;
