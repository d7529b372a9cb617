//! Finds and loads the model that the arguments name.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use pounce_engine::{LoadOptions, Model, Runtime};
use pounce_service::{ModelCatalog, ModelRegistry, Paths};

use crate::arguments::ModelOptions;

impl ModelOptions {
    pub(crate) fn load_options(&self) -> LoadOptions {
        let Self { threads, onnx_encoder, .. } = *self;
        LoadOptions { threads: threads.into(), onnx_encoder, ..LoadOptions::default() }
    }
}

/// A loaded model, and how long that took.
pub(crate) struct Loaded {
    pub(crate) model: Model,
    /// Runtime library, graphs, tokenizer: all that is not done again for a second completion.
    pub(crate) load: Duration,
}

/// Loads the model of `options`.
///
/// # Errors
/// One line that names what is missing or damaged, and the remedy.
pub(crate) fn load(options: &ModelOptions) -> anyhow::Result<Loaded> {
    let started = Instant::now();
    let dir = model_dir(&options.model)?;
    let model = Model::load(&Runtime::find()?, &dir, &options.load_options())?;
    Ok(Loaded { model, load: started.elapsed() })
}

/// Whether a model is on this disk.
pub(crate) fn is_here(model: &str) -> bool {
    model_dir(model).is_ok()
}

/// The folder of a model, by its path or by its id.
fn model_dir(model: &str) -> anyhow::Result<PathBuf> {
    let path = Path::new(model);
    if path.join(pounce_manifest::FILE_NAME).is_file() {
        return Ok(path.to_owned());
    }
    let registry = ModelRegistry::scan(&Paths::find().models, &ModelCatalog::built_in());
    let installed = registry.installed();
    if let Some(found) = installed.iter().find(|installed| installed.id.as_str() == model) {
        return Ok(found.dir.clone());
    }
    if let Some(broken) = registry.broken().iter().find(|broken| broken.dir.ends_with(model)) {
        bail!("{}", broken.message);
    }
    let ids: Vec<&str> = installed.iter().map(|installed| installed.id.as_str()).collect();
    let known = if ids.is_empty() {
        "none is installed".to_owned()
    } else {
        format!("installed: {}", ids.join(", "))
    };
    bail!("there is no model {model:?} ({known}): give an id, or a folder with a manifest.json")
}
