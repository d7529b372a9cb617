//! Changing a service: loaded models, what follows the settings, the shutdown.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::service::{CompletionService, Inner};
use super::start::cache_limits;
use crate::events::Event;
use crate::maintenance;
use crate::pool::memory::budget_bytes;
use crate::pool::{ModelState, UnloadReason};
use crate::settings::Settings;
use pounce_models::catalog::ModelId;
use pounce_models::registry::{InstalledModel, ModelRegistry};
use pounce_models::sync::{lock, spawn_blocking};

/// How long the shutdown waits for each background task, such as a load.
const TASK_LIMIT: Duration = Duration::from_secs(5);

/// Why a model was not loaded, for the user to read.
#[derive(Debug, thiserror::Error)]
#[error("{id} was not loaded: {message}")]
pub struct LoadError {
    /// The model.
    pub id: ModelId,
    /// Why, and what to do.
    pub message: String,
}

impl CompletionService {
    /// Reads the settings and scans the models folders again, after another process, such as the command
    /// line, has changed them. Connects to the servers again, with the keys that they have now.
    pub async fn refresh(&self) {
        self.read_settings().await;
        self.context().measurements.reload().await;
        self.rescan().await;
        self.reconnect_all().await;
    }

    /// Loads a model now and waits for it. Resets its breaker, since the user has asked for a new try.
    ///
    /// # Errors
    /// [`LoadError`] with the cause.
    pub async fn load(&self, id: &ModelId) -> Result<(), LoadError> {
        self.context().breakers.reset(id);
        self.0.pool.request_load(id);
        match self.0.pool.settled(id).await {
            ModelState::Warm => Ok(()),
            ModelState::Failed { message } => Err(LoadError { id: id.clone(), message }),
            state => {
                Err(LoadError { id: id.clone(), message: format!("it is {} again", state.name()) })
            }
        }
    }

    /// Unloads a model and waits until its memory is free; false if it was not in memory.
    pub async fn unload(&self, id: &ModelId) -> bool {
        self.0.pool.unload(id, UnloadReason::Asked).await
    }

    /// Closes a model's breaker.
    pub fn reset_breaker(&self, id: &ModelId) {
        self.context().breakers.reset(id);
    }

    /// Scans the models folders again, after an installation or a removal.
    pub async fn rescan(&self) {
        let _one_at_a_time = self.0.rescanning.lock().await;
        let context = self.0.pool.context();
        let scanning = Arc::clone(context);
        let scan = move || ModelRegistry::scan(&scanning.paths.models, &scanning.catalog);
        let found = spawn_blocking(scan).await;
        let before = context.installed_models();
        context.replace_registry(found);
        self.forget_changed(before).await;
        self.load_wanted();
        context.events.send(Event::Rescanned);
    }

    /// Forgets all completions, also those kept on the disk.
    pub fn clear_cache(&self) {
        self.context().completions.clear();
        let _ = std::fs::remove_file(self.context().paths.cache_file());
    }

    /// Cancels all requests and installations, unloads all models and waits a few seconds for each of
    /// their threads. Returns how many did not end, that of a load included.
    pub async fn shut_down(&self) -> usize {
        let Inner { pool, queue, installer, stop, following, tasks, .. } = &*self.0;
        queue.close();
        self.stop_preparing(None);
        installer.cancel_all();
        stop.notify_one();
        lock(following).iter().for_each(AbortHandle::abort);
        pool.close();
        let mut n_lost = 0;
        for task in tasks.lock().await.drain(..) {
            n_lost += usize::from(timeout(TASK_LIMIT, task).await.is_err());
        }
        n_lost += pool.shut_down().await;
        maintenance::dump(pool).await;
        self.keep_cache().await;
        n_lost
    }
}

impl CompletionService {
    pub(super) async fn apply(&self, new: Settings) {
        let old = self.context().replace_settings(new.clone());
        self.apply_changes(&old, &new).await;
        self.context().events.send(Event::SettingsChanged);
    }

    /// Applies the differences between two settings, of which `new` are in force already.
    async fn apply_changes(&self, old: &Settings, new: &Settings) {
        let Inner { pool, queue, .. } = &*self.0;
        let context = self.context();
        context.completions.set_limits(cache_limits(new));
        if !new.cache.remembers() {
            context.completions.clear_recent();
        }
        if new.projects.folders != old.projects.folders {
            context.projects.set_folders(new.projects.folders.clone());
        }
        if new.desktop.paused {
            context.kept.forget();
        }
        queue.set_limits(new.queue.concurrency, new.queue.capacity);
        // Before anything is awaited: a server that was turned off must not be asked from now on.
        if new.remote != old.remote {
            let before = context.installed_models();
            context.list_remote();
            self.forget_changed(before).await;
        }
        // Before the budget, for which the default model is evicted last.
        pool.mark_kept();
        if new.memory.budget_mb != old.memory.budget_mb {
            let free = context.read_memory().await.headroom_bytes + pool.memory().1;
            pool.set_budget(budget_bytes(new.memory.budget_mb, free)).await;
        }
        self.apply_load_settings(old, new).await;
        if !new.cache.keep_on_disk {
            let _ = std::fs::remove_file(context.paths.cache_file());
        }
        pool.unload_idle().await;
        self.load_wanted();
    }

    /// Loads the models again if their number of threads or their device has changed.
    async fn apply_load_settings(&self, old: &Settings, new: &Settings) {
        self.context().measurements.update(|profile| profile.set_threads(new.models.threads));
        let loaded_as = |settings: &Settings| (settings.models.threads, settings.models.device);
        if loaded_as(old) == loaded_as(new) {
            return;
        }
        for resident in &self.0.pool.residents() {
            self.unload(&resident.id).await;
            self.0.pool.request_load(&resident.id);
        }
    }

    /// Forgets the models that were removed or changed since `before`. All at once: a server that was
    /// turned off must not be asked while another one is waited for.
    async fn forget_changed(&self, before: Vec<InstalledModel>) {
        let is_unchanged =
            |model: &InstalledModel| self.context().installed(&model.id).as_ref() == Some(model);
        let changed = before.iter().filter(|model| !is_unchanged(model));
        join_all(changed.map(|model| self.forget(&model.id))).await;
    }

    /// Unloads a model that was removed or changed, and forgets its answers and failures. If it was
    /// loaded and still exists, it is loaded again.
    async fn forget(&self, id: &ModelId) {
        let context = self.context();
        let was_loaded = self.unload(id).await;
        context.completions.forget_answers_of(id);
        context.breakers.reset(id);
        if was_loaded && context.installed(id).is_some() {
            self.0.pool.request_load(id);
        }
    }

    /// Loads the default model and the pinned one.
    pub(super) fn load_wanted(&self) {
        let context = self.context();
        for id in context.pinned_model().into_iter().chain(context.default_model()) {
            self.0.pool.request_load(&id);
        }
    }

    /// Writes the completions to the disk, if the user has turned that on.
    async fn keep_cache(&self) {
        if !self.settings().cache.keep_on_disk {
            return;
        }
        let context = Arc::clone(self.0.pool.context());
        let save = move || {
            context.completions.save(&context.paths.cache_file(), &context.installed_models())
        };
        if let Err(error) = spawn_blocking(save).await {
            tracing::warn!(%error, "the cache was not kept");
        }
    }
}
