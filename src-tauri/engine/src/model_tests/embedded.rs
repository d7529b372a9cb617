//! The embedded model, as the repository has it.

use std::path::Path;

use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::model::Model;

/// Loads the embedded model, for our own kernels if the processor has the instructions and ONNX
/// Runtime does not have to run it.
pub(super) fn embedded(only_onnx: bool) -> Model {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let options = LoadOptions { only_onnx, ..LoadOptions::default() };
    Model::load(&Runtime::find().unwrap(), &dir, &options).unwrap()
}
