//! [`Runtime`]: ONNX Runtime's shared library, found and loaded at run time.
//!
//! The library is not linked, so that a missing one is an error message rather than a program that
//! does not start. It is loaded once per process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pounce_model_format::ownership::{self, NotTrusted};
use pounce_model_format::repository;

use super::error::first_line;
use crate::backend::device::Device;
use crate::error::EngineError;

/// The environment variable that names the library to load instead of searching for it.
const LIBRARY_VARIABLE: &str = "POUNCE_ORT_LIBRARY";

/// The environment variable that names the library to load for models on CUDA.
const CUDA_LIBRARY_VARIABLE: &str = "POUNCE_ORT_CUDA_LIBRARY";

/// Proof that the library is loaded. It stays loaded until the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtime(());

/// ONNX Runtime keeps global state, so there is one library per process.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library that the variable `POUNCE_ORT_LIBRARY` names. If it is not set, loads the
    /// first found in the program's folder, in `../lib/pounce` (where packages put it), and in a
    /// build of the repository in its folder `runtime` (where `make setup` puts it). What is found
    /// is loaded only if no other user could have put it there.
    ///
    /// # Errors
    /// [`EngineError::Runtime`], with the remedy, if there is none, or the one that was found cannot
    /// be loaded or is not trusted.
    pub fn find() -> Result<Self, EngineError> {
        let named = std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from);
        if let Some(named) = named {
            return Self::load(&named);
        }
        match near_program(Path::new(library_name())) {
            Some(place) => Self::load_trusted(&place),
            // The current folder is not searched: a library there may be anything.
            None => Err(EngineError::Runtime {
                path: Path::new("runtime").join(library_name()),
                reason: "there is no such file".to_owned(),
            }),
        }
    }

    /// Loads a library that can compute on `device`. For CUDA that is the one that the variable
    /// `POUNCE_ORT_CUDA_LIBRARY` names, or the first in a folder `cuda` in the places that
    /// [`find`](Self::find) searches; the system has to find NVIDIA's libraries. If there is none,
    /// loads the library that `find` loads.
    ///
    /// # Errors
    /// [`EngineError::Runtime`], with the remedy, if there is none or it cannot be loaded.
    pub fn find_for(device: Device) -> Result<Self, EngineError> {
        if device == Device::Cpu || !cfg!(feature = "cuda") {
            return Self::find();
        }
        let named = std::env::var_os(CUDA_LIBRARY_VARIABLE).map(PathBuf::from);
        let found = || near_program(&Path::new("cuda").join(library_name()));
        let loaded = match named {
            Some(named) => Self::load(&named).ok(),
            None => found().and_then(|place| Self::load_trusted(&place).ok()),
        };
        // If it cannot be loaded, models run on the processor.
        loaded.map_or_else(Self::find, Ok)
    }

    /// Loads a library that was found. The loader runs its code.
    fn load_trusted(path: &Path) -> Result<Self, EngineError> {
        let refused = |reason: NotTrusted| EngineError::Runtime {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        ownership::check(path).map_err(refused)?;
        Self::load(path)
    }

    /// Loads the library at `path`, unless one is loaded already.
    ///
    /// # Errors
    /// [`EngineError::Runtime`] if there is no such file, or it is not ONNX Runtime, or too old.
    pub fn load(path: &Path) -> Result<Self, EngineError> {
        let error = |reason: String| EngineError::Runtime { path: path.to_owned(), reason };
        if !path.is_file() {
            return Err(error("there is no such file".to_owned()));
        }
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = *loaded {
            return Ok(runtime);
        }
        // Called for loading the library; the environment is built later.
        let _builder =
            ort::init_from(path).map_err(|source| error(first_line(&source.to_string())))?;
        Ok(*loaded.insert(Self(())))
    }
}

/// The library's file name on this system.
fn library_name() -> &'static str {
    if cfg!(windows) {
        "onnxruntime.dll"
    } else if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    }
}

/// Searches for `library` beside the program, and in the repository if this is a build of it.
fn near_program(library: &Path) -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("."));
    let beside = [folder.join(library), folder.join("../lib/pounce").join(library)];
    let runtime = repository::of_this_build().map(|folder| folder.join("runtime").join(library));
    beside.into_iter().chain(runtime).find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_names_the_remedy() {
        let message =
            Runtime::load(Path::new("/nowhere/libonnxruntime.so")).unwrap_err().to_string();
        assert!(message.contains("/nowhere/libonnxruntime.so"), "{message}");
        assert!(message.contains("make setup"), "{message}");
        assert_eq!(message.lines().count(), 1, "one line for the person who sees it");
    }

    #[cfg(unix)]
    #[test]
    fn a_library_that_other_users_may_write_is_not_loaded() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(library_name());
        std::fs::write(&path, "no library").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        let message = Runtime::load_trusted(&path).unwrap_err().to_string();
        assert!(message.contains("other users may write"), "{message}");
        assert_eq!(message.lines().count(), 1, "one line for the person who sees it");
    }
}
