//! [`InstallRequest`]: what is to be installed.

use std::ffi::OsStr;
use std::path;

use pounce_model_format::Quantization;

use crate::catalog::ModelId;
use crate::source::ModelSource;

/// What is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallRequest {
    /// Where the model comes from.
    pub source: ModelSource,
    /// The name it is installed under; `None` takes the catalogue's id, or the name of the
    /// repository, folder or file.
    pub id: Option<ModelId>,
    /// How its weights are stored; `None` is 8 bits. Does not apply to a converted model, which is
    /// copied.
    pub quantization: Option<Quantization>,
    /// Whether the user trusts the graphs of a converted model, which are run like a program. Does
    /// not apply to other sources, whose graphs are built here.
    pub trusts_graphs: bool,
}

impl InstallRequest {
    /// A request with the default name and 8 bits a weight.
    pub fn new(source: ModelSource) -> Self {
        Self { source, id: None, quantization: None, trusts_graphs: false }
    }

    /// The name that the model is installed under.
    pub(super) fn id(&self) -> ModelId {
        self.id.clone().unwrap_or_else(|| default_id(&self.source))
    }
}

fn default_id(source: &ModelSource) -> ModelId {
    let id = |name: Option<&OsStr>| name.unwrap_or_default().to_string_lossy().as_ref().into();
    match source {
        ModelSource::Catalogue(id) => id.clone(),
        ModelSource::Repository(repository) => repository.name().into(),
        ModelSource::Folder(dir) => {
            // The name of `.` is that of the folder it stands for.
            id(path::absolute(dir).unwrap_or_else(|_| dir.clone()).file_name())
        }
        ModelSource::File(file) => id(file.file_stem()),
    }
}
