//! Changing the settings, and following the user's own changes of the file.

use std::path::Path;
use std::sync::Weak;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use super::service::{CompletionService, Inner};
use crate::events::Event;
use crate::settings::{Loaded, Settings, SettingsError, SettingsFile, changes};
use pounce_models::catalog::ModelId;
use pounce_models::sync::{lock, spawn_blocking};

/// Between two looks at whether the file was changed. One look costs the system some microseconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl CompletionService {
    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.context().settings()
    }

    /// Saves settings and applies them.
    ///
    /// # Errors
    /// [`SettingsError`]; the old settings stay in force.
    pub async fn set_settings(&self, new: Settings) -> Result<(), SettingsError> {
        let replace = |settings: &mut Settings| {
            *settings = new;
            Ok(())
        };
        self.update_settings(replace).await
    }

    /// Changes the settings in force, saves and applies them; no other change happens meanwhile. What
    /// the user has changed in the file since it was read comes into force with them.
    ///
    /// # Errors
    /// What `change` refuses, or [`SettingsError`]; the old settings stay in force.
    pub async fn update_settings<E: From<SettingsError>>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut on_disk = self.0.on_disk.lock().await;
        let before = self.settings();
        let mut after = before.clone();
        change(&mut after)?;
        let (file, new) = (self.settings_file(), after.clone());
        let saved = spawn_blocking(move || file.save(&before, &new)).await?;
        self.take_over(&mut on_disk, after, saved.settings).await;
        self.note_problem(self.load_settings().await.problem);
        if let Some(aside) = saved.kept_aside {
            self.context().events.send(Event::SettingsBroken(kept(&aside)));
        }
        Ok(())
    }

    /// Pins one model, which then answers every request; `None` leaves the choice to the router.
    ///
    /// # Errors
    /// [`SettingsError::Write`] if it cannot be saved.
    pub async fn pin(&self, id: Option<ModelId>) -> Result<(), SettingsError> {
        let pin = |settings: &mut Settings| {
            settings.models.pinned = id;
            Ok(())
        };
        self.update_settings(pin).await
    }

    /// Reads the settings file again. Of a file that cannot be read, nothing comes into force, and the
    /// settings in force stay.
    pub(super) async fn read_settings(&self) {
        let mut on_disk = self.0.on_disk.lock().await;
        let Loaded { settings, problem, is_unreadable } = self.load_settings().await;
        if !is_unreadable {
            self.take_over(&mut on_disk, self.settings(), settings).await;
        }
        self.note_problem(problem);
    }
}

impl CompletionService {
    /// Puts `planned` in force, with what the file has now otherwise than it had.
    async fn take_over(&self, on_disk: &mut Settings, planned: Settings, now: Settings) {
        let on_disk = std::mem::replace(on_disk, now.clone());
        match planned.updated(&changes(&on_disk, &now)) {
            Ok(new) if new != self.settings() => self.apply(new).await,
            _ => {}
        }
    }

    /// Keeps what is wrong with the file for the windows and the tray, and tells of it if it is news.
    fn note_problem(&self, problem: Option<String>) {
        let before = std::mem::replace(&mut *lock(&self.0.settings_problem), problem.clone());
        match problem {
            _ if problem == before => {}
            Some(problem) => self.context().events.send(Event::SettingsBroken(problem)),
            None => self.context().events.send(Event::SettingsChanged),
        }
    }

    fn settings_file(&self) -> SettingsFile {
        SettingsFile::new(&self.context().paths.settings_file())
    }

    async fn load_settings(&self) -> Loaded {
        let file = self.settings_file();
        spawn_blocking(move || file.load()).await
    }
}

/// Says where a settings file is that could not be read when another one was written.
fn kept(aside: &Path) -> String {
    format!("the settings file could not be read: it is kept as {}", aside.display())
}

/// What tells one state of a file from another: when it was written, and its size. `None` without a file.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Reads the settings whenever the file has changed, until the service is dropped or the task aborted.
pub(super) async fn follow_file(service: Weak<Inner>) {
    let mut last: Option<Stamp> = None;
    while let Some(service) = service.upgrade().map(CompletionService) {
        let path = service.context().paths.settings_file();
        let now = spawn_blocking(move || stamp(&path)).await;
        if last.replace(now).is_some_and(|last| last != now) {
            service.read_settings().await;
        }
        drop(service);
        sleep(LOOK_EVERY).await;
    }
}
