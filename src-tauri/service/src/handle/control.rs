//! Changing a service: settings, models, the end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::start::cache_limits;
use super::{CompletionService, Inner};
use crate::catalog::ModelId;
use crate::context::lock;
use crate::events::{Departure, Event, ModelState};
use crate::janitor;
use crate::memory::budget_bytes;
use crate::profile::Profile;
use crate::registry::{InstalledModel, ModelRegistry};
use crate::settings::{Effect, Settings, SettingsError, SettingsFile, effects};
use crate::storage::off_the_runtime;

/// At the end, what is going on in the background is waited for that long: a load above all.
const TASK_LIMIT: Duration = Duration::from_secs(5);

/// Why a model was not loaded, in words for the user.
#[derive(Debug, thiserror::Error)]
#[error("{id} was not loaded: {message}")]
pub struct LoadError {
    /// Which.
    pub id: ModelId,
    /// Why, and what to do.
    pub message: String,
}

impl CompletionService {
    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.0.context.settings()
    }

    /// Saves settings and puts them into force; says when each changed group takes effect.
    ///
    /// # Errors
    /// [`SettingsError`]; the old settings stay in force.
    pub async fn set_settings(
        &self,
        new: Settings,
    ) -> Result<Vec<(&'static str, Effect)>, SettingsError> {
        let replace = |settings: &mut Settings| {
            *settings = new;
            Ok(())
        };
        self.update_settings(replace).await
    }

    /// The same for a change of the settings in force, whatever they are by then: nobody else changes them meanwhile.
    ///
    /// # Errors
    /// What `change` refuses, or [`SettingsError`]; the old settings stay in force.
    pub async fn update_settings<E: From<SettingsError>>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<(), E>,
    ) -> Result<Vec<(&'static str, Effect)>, E> {
        let _one_at_a_time = self.0.changing_settings.lock().await;
        let mut new = self.settings();
        change(&mut new)?;
        let (file, saved) = (SettingsFile::new(&self.0.context.paths.settings_file()), new.clone());
        off_the_runtime(move || file.save(&saved)).await?;
        Ok(self.put_into_force(new).await)
    }

    /// Reads the settings and looks into the models folders again: another process, the command
    /// line, has changed them. Servers are connected to anew, with the keys they have now.
    pub async fn refresh(&self) {
        {
            let _one_at_a_time = self.0.changing_settings.lock().await;
            let file = SettingsFile::new(&self.0.context.paths.settings_file());
            let loaded = off_the_runtime(move || file.load()).await;
            self.put_into_force(loaded.settings).await;
            if let Some(problem) = loaded.problem {
                self.0.context.events.send(Event::SettingsBroken(problem));
            }
        }
        self.learn_speeds().await;
        self.rescan().await;
        self.reconnect_all().await;
    }

    /// Has one model answer always; `None` leaves it to the router again.
    ///
    /// # Errors
    /// [`SettingsError::Write`] if it cannot be saved.
    pub async fn pin(&self, id: Option<ModelId>) -> Result<(), SettingsError> {
        let pin = |settings: &mut Settings| {
            settings.models.pinned = id;
            Ok(())
        };
        self.update_settings(pin).await.map(|_| ())
    }

    /// Loads a model now and waits for it. Resets its breaker: the user wants to see it tried.
    ///
    /// # Errors
    /// [`LoadError`] with the numbers or the cause.
    pub async fn load(&self, id: &ModelId) -> Result<(), LoadError> {
        self.0.context.breakers.reset(id);
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
        self.0.pool.depart(id, Departure::Asked).await
    }

    /// Closes a model's breaker.
    pub fn reset_breaker(&self, id: &ModelId) {
        self.0.context.breakers.reset(id);
    }

    /// Looks into the models folders again, after an installation or a removal.
    pub async fn rescan(&self) {
        let _one_at_a_time = self.0.rescanning.lock().await;
        let context = &self.0.context;
        let scanning = Arc::clone(context);
        let scan = move || ModelRegistry::scan(&scanning.paths.models, &scanning.catalog);
        let found = off_the_runtime(scan).await;
        let before = self.installed();
        *lock(&context.registry) = found;
        context.list_remote();
        self.catch_up(before).await;
        self.load_wanted();
        context.events.send(Event::Rescanned);
    }

    /// Forgets all completions, also those kept on the disk.
    pub fn clear_cache(&self) {
        lock(&self.0.context.cache).clear();
        lock(&self.0.context.recents).clear();
        let _ = std::fs::remove_file(self.0.context.paths.cache_file());
    }

    /// Gives up all requests and installations, unloads all models and waits for their threads, a few
    /// seconds each. How many did not come back, that of a load included.
    pub async fn shut_down(&self) -> usize {
        let Inner { context, pool, queue, installer, stop, tasks, .. } = &*self.0;
        queue.close();
        self.stop_preparing(None);
        installer.cancel_all();
        stop.notify_one();
        pool.close();
        let mut n_lost = 0;
        for task in tasks.lock().await.drain(..) {
            n_lost += usize::from(timeout(TASK_LIMIT, task).await.is_err());
        }
        n_lost += pool.shut_down().await;
        janitor::dump(context, pool).await;
        self.keep_cache().await;
        n_lost
    }
}

impl CompletionService {
    async fn put_into_force(&self, new: Settings) -> Vec<(&'static str, Effect)> {
        let old = std::mem::replace(&mut *lock(&self.0.context.settings), new.clone());
        let effects = effects(&old, &new);
        self.apply(&old, &new).await;
        self.0.context.events.send(Event::SettingsChanged(effects.clone()));
        effects
    }

    /// Takes over what another process has measured.
    async fn learn_speeds(&self) {
        let context = &self.0.context;
        let (file, threads) = (context.paths.profile_file(), context.settings().models.threads);
        let written = off_the_runtime(move || Profile::load(&file, threads)).await;
        lock(&context.profile).take_over(written);
    }

    /// What there is on the disk and in the settings.
    fn installed(&self) -> Vec<InstalledModel> {
        lock(&self.0.context.registry).installed().to_vec()
    }

    /// Forgets what is gone or has changed since, all at once: a server that was turned off is not to
    /// be asked while another one is waited for.
    async fn catch_up(&self, before: Vec<InstalledModel>) {
        let context = &self.0.context;
        let is_as_before =
            |model: &InstalledModel| context.installed(&model.id).as_ref() == Some(model);
        let others = before.iter().filter(|model| !is_as_before(model));
        join_all(others.map(|model| self.forget(&model.id))).await;
    }

    /// Leaves nothing of a model that is another one now, or none; what was loaded is loaded as it is
    /// now.
    async fn forget(&self, id: &ModelId) {
        let Inner { context, pool, .. } = &*self.0;
        let was_loaded = self.unload(id).await;
        lock(&context.cache).forget(id);
        context.breakers.reset(id);
        if was_loaded && context.installed(id).is_some() {
            pool.request_load(id);
        }
    }

    /// Puts changed settings into force.
    async fn apply(&self, old: &Settings, new: &Settings) {
        let Inner { context, pool, queue, .. } = &*self.0;
        lock(&context.cache).set_limits(cache_limits(new), SystemTime::now());
        if !new.cache.remembers() {
            lock(&context.recents).clear();
        }
        queue.set_limits(new.queue.concurrency, new.queue.capacity);
        // Before whatever has to be waited for: from here on, a server that was turned off gets nothing.
        if new.remote != old.remote {
            let before = self.installed();
            context.list_remote();
            self.catch_up(before).await;
        }
        // Before the budget, which takes the default model last.
        pool.mark_kept();
        if new.memory.budget_mb != old.memory.budget_mb {
            let free = context.read_memory().await.headroom_bytes + pool.memory().1;
            pool.set_budget(budget_bytes(new.memory.budget_mb, free)).await;
        }
        lock(&context.profile).set_threads(new.models.threads);
        let loaded_as = |settings: &Settings| (settings.models.threads, settings.models.device);
        if loaded_as(old) != loaded_as(new) {
            let residents = pool.residents();
            for resident in &residents {
                self.unload(&resident.id).await;
                pool.request_load(&resident.id);
            }
        }
        if !new.cache.keep_on_disk {
            let _ = std::fs::remove_file(context.paths.cache_file());
        }
        pool.unload_idle().await;
        self.load_wanted();
    }

    /// Loads the model that should always be there, and the one that the user wants to answer.
    pub(super) fn load_wanted(&self) {
        let context = &self.0.context;
        for id in context.pinned_model().into_iter().chain(context.default_model()) {
            self.0.pool.request_load(&id);
        }
    }

    async fn keep_cache(&self) {
        let context = Arc::clone(&self.0.context);
        if !lock(&context.settings).cache.keep_on_disk {
            return;
        }
        let save = move || lock(&context.cache).save(&context.paths.cache_file());
        if let Err(error) = off_the_runtime(save).await {
            tracing::warn!(%error, "the cache was not kept");
        }
    }
}
