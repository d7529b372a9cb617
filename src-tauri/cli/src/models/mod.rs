//! `pounce models`: lists, installs and removes models. The service does the work; this module
//! shows it on a terminal.

mod add;
mod assess;
mod background;
mod environment;
mod info;
mod list;

use clap::Subcommand;
use pounce_service::ModelId;

use add::AddOptions;
pub use background::assess_in_background;
use environment::Environment;

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
    /// Measure how an installed model is asked best, and how good and how sure it is: some minutes
    Assess {
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

/// Runs a sub-command. Returns whether a running app has to reload settings and models.
///
/// # Errors
/// One line that names what is wrong, and the remedy.
pub(crate) fn run(command: &ModelsCommand) -> anyhow::Result<bool> {
    let environment = Environment::open()?;
    match command {
        ModelsCommand::List => list::run(&environment),
        ModelsCommand::Info { model } => info::run(&environment, model)?,
        ModelsCommand::Verify { model } => environment.verify(model)?,
        ModelsCommand::Assess { model } => {
            assess::run(&environment, model)?;
            return Ok(true);
        }
        ModelsCommand::Add(options) => {
            let id = add::run(&environment, options)?;
            if options.is_default {
                Environment::open()?.make_default(&id)?;
            }
            assess::after_install(&Environment::open()?, &id, options.assess)?;
            return Ok(true);
        }
        ModelsCommand::Remove { model } => {
            environment.remove(model)?;
            return Ok(true);
        }
        ModelsCommand::Use { model } => {
            environment.make_default(model)?;
            return Ok(true);
        }
    }
    Ok(false)
}
