//! `pounce models`: which models there are, installing them and removing them. The work is the
//! service's; here is what a terminal shows of it.

mod add;
mod info;
mod list;

use anyhow::bail;
use clap::{Args, Subcommand};
use pounce_service::settings::SettingsFile;
use pounce_service::{
    InstalledModel, Installer, ModelCatalog, ModelId, ModelRegistry, Paths, Settings,
    standalone_installer,
};
use tokio::runtime::{Builder, Runtime};

use crate::arguments::QuantizeArgument;
use crate::output::say;

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the installed models and those known by name
    List,
    /// Install a model: download or read, verify, convert, measure
    Add(AddOptions),
    /// Delete an installed model
    Remove {
        /// Its id
        model: ModelId,
    },
    /// Compare every file of an installed model with its checksum
    Verify {
        /// Its id
        model: ModelId,
    },
    /// Make an installed model the default of the tray app
    Use {
        /// Its id
        model: ModelId,
    },
    /// Print what is known of a model
    Info {
        /// Its id
        model: ModelId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddOptions {
    /// A name from `pounce models list`; a repository of Hugging Face as user/repo, user/repo@revision
    /// or user/repo:file.gguf; or ./folder, ./file.gguf
    pub(crate) source: String,
    /// What to call it; its own name if left out
    #[arg(long)]
    pub(crate) id: Option<ModelId>,
    /// How to store the weights
    #[arg(long, value_enum, default_value_t)]
    pub(crate) quantize: QuantizeArgument,
    /// Make it the default of the tray app
    #[arg(long = "use")]
    pub(crate) is_default: bool,
}

/// Does what a sub-command says. True if a running app has to be told.
///
/// # Errors
/// One line that names what is wrong, and the remedy.
pub(crate) fn run(command: &ModelsCommand) -> anyhow::Result<bool> {
    let house = House::open();
    match command {
        ModelsCommand::List => list::run(&house),
        ModelsCommand::Info { model } => info::run(&house, model)?,
        ModelsCommand::Verify { model } => house.verify(model)?,
        ModelsCommand::Add(options) => {
            let id = add::run(&house, options)?;
            if options.is_default {
                House::open().make_default(&id)?;
            }
            return Ok(true);
        }
        ModelsCommand::Remove { model } => {
            house.remove(model)?;
            return Ok(true);
        }
        ModelsCommand::Use { model } => {
            house.make_default(model)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is installed, and where.
struct House {
    paths: Paths,
    settings: Settings,
    catalog: ModelCatalog,
    registry: ModelRegistry,
}

impl House {
    fn open() -> Self {
        let paths = Paths::find();
        let settings = SettingsFile::new(&paths.settings_file()).load().settings;
        let catalog = ModelCatalog::built_in();
        let registry = ModelRegistry::scan(&paths.models, &catalog);
        Self { paths, settings, catalog, registry }
    }

    fn installer(&self) -> Installer {
        standalone_installer(self.paths.clone(), self.settings.models.threads)
    }

    fn find(&self, id: &ModelId) -> anyhow::Result<&InstalledModel> {
        let Some(model) = self.registry.get(id) else {
            bail!("{id} is not installed: `pounce models list` shows what is");
        };
        Ok(model)
    }

    /// The model that the tray app loads first.
    fn default_model(&self) -> Option<&ModelId> {
        self.settings.models.default.as_ref().or_else(|| self.catalog.default_model())
    }

    fn remove(&self, id: &ModelId) -> anyhow::Result<()> {
        let freed = runtime()?.block_on(self.installer().remove(id))?;
        say!("{id} removed: {} are free", megabytes(freed));
        if self.settings.models.default.as_ref() == Some(id) {
            say!("it was the default: choose another with `pounce models use`");
        }
        Ok(())
    }

    fn verify(&self, id: &ModelId) -> anyhow::Result<()> {
        let n_bytes = runtime()?.block_on(self.installer().verify(id))?;
        say!("{id} is sound: {} compared with its checksums", megabytes(n_bytes));
        Ok(())
    }

    fn make_default(&self, id: &ModelId) -> anyhow::Result<()> {
        self.find(id)?;
        let mut settings = self.settings.clone();
        settings.models.default = Some(id.clone());
        SettingsFile::new(&self.paths.settings_file()).save(&settings)?;
        say!("{id} is the default now");
        Ok(())
    }
}

/// What carries an installation.
fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
