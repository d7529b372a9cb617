//! Finds and loads the model that the arguments name.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use pounce_engine::{LoadOptions, Model, Runtime};

use crate::arguments::ModelOptions;

/// Names a folder of model folders, before those beside the program.
const MODELS_VARIABLE: &str = "POUNCE_MODELS_DIR";

impl ModelOptions {
    pub(crate) fn load_options(&self) -> LoadOptions {
        LoadOptions { threads: self.threads.into(), ..LoadOptions::default() }
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

/// The folder of a model, by its path or by its id.
fn model_dir(model: &str) -> anyhow::Result<PathBuf> {
    let is_model = |dir: &Path| dir.join(pounce_manifest::FILE_NAME).is_file();
    let path = PathBuf::from(model);
    if is_model(&path) {
        return Ok(path);
    }
    let by_id = folders_of_models().into_iter().map(|folder| folder.join(model));
    let Some(dir) = by_id.into_iter().find(|dir| is_model(dir)) else {
        bail!(
            "there is no model {model:?}: give a folder with a manifest.json, or one of {}",
            installed().join(", ")
        );
    };
    Ok(dir)
}

/// Where models are looked for: what the environment names, beside the program, where packages put
/// them, and in folders `models` further up.
fn folders_of_models() -> Vec<PathBuf> {
    let named = std::env::var_os(MODELS_VARIABLE).map(PathBuf::from);
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("."));
    let above = folder.ancestors().map(|folder| folder.join("models"));
    named.into_iter().chain([folder.join("../lib/pounce/models")]).chain(above).collect()
}

/// The ids of the models that are there.
fn installed() -> Vec<String> {
    let entries = folders_of_models()
        .into_iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    let models = entries.filter(|entry| entry.path().join(pounce_manifest::FILE_NAME).is_file());
    models.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
