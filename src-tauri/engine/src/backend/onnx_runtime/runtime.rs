//! [`Runtime`]: ONNX Runtime's shared library, found and loaded while the program runs.
//!
//! This folder alone names `ort`. The library is loaded once for the whole process; it is not
//! linked, so that a missing one is an error message and not a program that does not start.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::first_line;
use crate::backend::device::Device;
use crate::error::EngineError;

/// Names the library to load, before any search.
pub const LIBRARY_VARIABLE: &str = "POUNCE_ORT_LIBRARY";

/// Names the library to load where models are to run on CUDA, before any search.
pub const CUDA_LIBRARY_VARIABLE: &str = "POUNCE_ORT_CUDA_LIBRARY";

/// Proof that the library is loaded. It stays so until the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtime(());

/// One library a process: ONNX Runtime keeps global state.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library that [`LIBRARY_VARIABLE`] names, or the first found beside the program:
    /// in its folder, in `../lib/pounce` (where packages put it), or in a folder `runtime` further
    /// up (where `make setup` puts it).
    ///
    /// # Errors
    /// [`EngineError::Runtime`] with what to do about it.
    pub fn find() -> Result<Self, EngineError> {
        let named = std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from);
        let place = named.or_else(|| near_program(Path::new(library_name())));
        match place {
            Some(place) => Self::load(&place),
            // Not the one that the folder happens to have that the program is run in.
            None => Err(EngineError::Runtime {
                path: Path::new("runtime").join(library_name()),
                reason: "there is no such file".to_owned(),
            }),
        }
    }

    /// Loads a library that can compute on `device`, if there is one: for CUDA the one that
    /// [`CUDA_LIBRARY_VARIABLE`] names, or the first in a folder `cuda` in the places of
    /// [`find`](Self::find), with NVIDIA's libraries where the system finds them. Else as `find`.
    ///
    /// # Errors
    /// [`EngineError::Runtime`] with what to do about it.
    pub fn find_for(device: Device) -> Result<Self, EngineError> {
        if device == Device::Cpu || !cfg!(feature = "cuda") {
            return Self::find();
        }
        let named = std::env::var_os(CUDA_LIBRARY_VARIABLE).map(PathBuf::from);
        let place = named.or_else(|| near_program(&Path::new("cuda").join(library_name())));
        // One that cannot be loaded costs the GPU, not the completion.
        place.and_then(|place| Self::load(&place).ok()).map_or_else(Self::find, Ok)
    }

    /// Loads the library at `path`. If one is loaded already, that one stays and is returned.
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
        // The builder is not needed yet: loading the library is what it does.
        let _builder =
            ort::init_from(path).map_err(|source| error(first_line(&source.to_string())))?;
        Ok(*loaded.insert(Self(())))
    }
}

/// The file name that the set-up gives the library on this system.
fn library_name() -> &'static str {
    if cfg!(windows) {
        "onnxruntime.dll"
    } else if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    }
}

/// The first existing place near the program, or near the sources that cargo runs it from, where `library` may be.
fn near_program(library: &Path) -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("."));
    let sources = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let beside = [folder.join(library), folder.join("../lib/pounce").join(library)];
    let above = folder.ancestors().chain(sources.iter().flat_map(|sources| sources.ancestors()));
    let above = above.map(|folder| folder.join("runtime").join(library));
    beside.into_iter().chain(above).find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_says_what_to_run() {
        let message =
            Runtime::load(Path::new("/nowhere/libonnxruntime.so")).unwrap_err().to_string();
        assert!(message.contains("/nowhere/libonnxruntime.so"), "{message}");
        assert!(message.contains("make setup"), "{message}");
        assert_eq!(message.lines().count(), 1, "one line for the person who sees it");
    }
}
