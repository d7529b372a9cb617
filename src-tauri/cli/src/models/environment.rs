//! [`Environment`]: the folders, settings and models that the sub-commands of `pounce models` work
//! on.

use anyhow::bail;
use pounce_service::{
    InstalledModel, Installer, Measured, ModelCatalog, ModelId, ModelRegistry, Paths, Profile,
    Settings, standalone_installer,
};
use tokio::runtime::{Builder, Runtime};

use crate::open_settings::OpenSettings;
use crate::output::say;

/// Folders, settings and installed models of the user.
pub(super) struct Environment {
    pub(super) paths: Paths,
    pub(super) catalog: ModelCatalog,
    pub(super) registry: ModelRegistry,
    open: OpenSettings,
}

impl Environment {
    /// # Errors
    /// If the user has no home folder.
    pub(super) fn open() -> anyhow::Result<Self> {
        let paths = Paths::find()?;
        let open = OpenSettings::read(&paths);
        let catalog = ModelCatalog::built_in();
        let registry = ModelRegistry::scan(&paths.models, &catalog);
        Ok(Self { paths, catalog, registry, open })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.open.settings
    }

    pub(super) fn installer(&self) -> Installer {
        standalone_installer(self.paths.clone(), self.settings().models.threads)
    }

    pub(super) fn find(&self, id: &ModelId) -> anyhow::Result<&InstalledModel> {
        let Some(model) = self.registry.get(id) else {
            bail!("{id} is not installed: `pounce models list` shows what is");
        };
        Ok(model)
    }

    /// What was measured of a model on this machine.
    pub(super) fn measured(&self, model: &InstalledModel) -> Measured {
        Profile::load(&self.paths.profile_file(), self.settings().models.threads).get(model)
    }

    /// The model that the tray app loads first.
    pub(super) fn default_model(&self) -> Option<&ModelId> {
        self.settings().models.default.as_ref().or_else(|| self.catalog.default_model())
    }

    pub(super) fn remove(mut self, id: &ModelId) -> anyhow::Result<()> {
        let freed = runtime()?.block_on(self.installer().remove(id))?;
        say!("{id} removed: {} are free", megabytes(freed));
        if self.open.settings.models.forget(id) {
            self.open.save()?;
            say!("it was chosen in the settings, which leave the choice to Pounce now");
        }
        Ok(())
    }

    pub(super) fn verify(&self, id: &ModelId) -> anyhow::Result<()> {
        let n_bytes = runtime()?.block_on(self.installer().verify(id))?;
        say!("{id} is sound: {} compared with its checksums", megabytes(n_bytes));
        Ok(())
    }

    pub(super) fn make_default(mut self, id: &ModelId) -> anyhow::Result<()> {
        self.find(id)?;
        self.open.settings.models.default = Some(id.clone());
        self.open.save()?;
        say!("{id} is the default now");
        Ok(())
    }
}

/// The runtime that an installation runs on.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
