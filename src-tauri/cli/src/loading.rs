//! Finds and loads the model that the arguments name.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use pounce_engine::{LoadOptions, Model, PromptForm, Runtime};
use pounce_service::assessment::Assessment;
use pounce_service::confidence::ConfidenceModel;
use pounce_service::{InstalledModel, ModelCatalog, ModelRegistry, Paths, Profile};

use crate::model_options::ModelOptions;

/// A loaded model and the time that loading took.
pub(crate) struct Loaded {
    pub(crate) model: Model,
    /// Its folder.
    dir: PathBuf,
    /// What its assessment on this machine has shown; `None` if there was none.
    assessment: Option<Assessment>,
    /// The device that it runs on.
    pub(crate) n_threads: usize,
    /// Time to load runtime library, graphs and tokenizer. A second completion needs no load.
    pub(crate) load: Duration,
}

impl Loaded {
    /// The form in which it is asked best, as far as that was measured.
    pub(crate) fn form(&self) -> PromptForm {
        self.assessment.as_ref().map(|assessment| assessment.form).unwrap_or_default()
    }

    /// How sure its completions are: by what lies beside its manifest, else by its assessment, else as if
    /// it were the model that comes with the program.
    pub(crate) fn confidence(&self) -> ConfidenceModel {
        let assessed = || self.assessment.as_ref()?.confidence.clone();
        let fitted = ConfidenceModel::load(&self.dir).or_else(assessed);
        fitted.unwrap_or_else(ConfidenceModel::built_in)
    }
}

/// Loads the model of `options`. Without a thread count there, it uses the one measured to be best.
///
/// # Errors
/// One line that names what is missing or damaged, and the remedy.
pub(crate) fn load(options: &ModelOptions) -> anyhow::Result<Loaded> {
    let started = Instant::now();
    let place = find(&options.model)?;
    let load_options = load_options(&place, options)?;
    let runtime = Runtime::find_for(load_options.device)?;
    let model = Model::load(&runtime, place.dir(), &load_options)?;
    if let Some(why) = &model.placement().refusal {
        eprintln!("pounce: it runs on the processor: {why}");
    }
    let (n_threads, dir, load) =
        (load_options.n_threads(), place.dir().to_owned(), started.elapsed());
    Ok(Loaded { model, dir, assessment: place.assessment()?, n_threads, load })
}

fn load_options(place: &Place, options: &ModelOptions) -> anyhow::Result<LoadOptions> {
    let (threads, device) = (usize::from(options.threads), options.device);
    let found = match place {
        Place::Installed(model) if threads == 0 => {
            Profile::load(&Paths::find()?.profile_file(), 0).begin_load(model, device)
        }
        _ => LoadOptions { threads, device, ..LoadOptions::default() },
    };
    let (only_onnx, instruction_set) = (options.only_onnx, options.instructions);
    Ok(LoadOptions { only_onnx, instruction_set, ..found })
}

/// Whether a model is on this machine's disk.
pub(crate) fn is_here(model: &str) -> bool {
    find(model).is_ok()
}

/// The folder of a model, by its path or id.
enum Place {
    Folder(PathBuf),
    Installed(Box<InstalledModel>),
}

impl Place {
    fn assessment(&self) -> anyhow::Result<Option<Assessment>> {
        let Self::Installed(model) = self else { return Ok(None) };
        Ok(Profile::load(&Paths::find()?.profile_file(), 0).get(model).assessment)
    }

    fn dir(&self) -> &Path {
        match self {
            Self::Folder(dir) => dir,
            Self::Installed(model) => &model.dir,
        }
    }
}

/// Finds a model by its path or by its id.
fn find(model: &str) -> anyhow::Result<Place> {
    let path = Path::new(model);
    if path.join(pounce_model_format::FILE_NAME).is_file() {
        return Ok(Place::Folder(path.to_owned()));
    }
    let registry = ModelRegistry::scan(&Paths::find()?.models, &ModelCatalog::built_in());
    let installed = registry.installed();
    if let Some(found) = installed.iter().find(|installed| installed.id.as_str() == model) {
        return Ok(Place::Installed(Box::new(found.clone())));
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
