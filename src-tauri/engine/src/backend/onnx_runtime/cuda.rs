//! The CUDA execution provider: which models can run on it, and how a session gets it.
//!
//! A session has it beside the processor's provider, and ONNX Runtime keeps operators on the
//! processor that have no CUDA kernel for their types. Two of the converter's have none:
//! `DynamicQuantizeMatMul`, which computes the encoder's products in 8 bits, and
//! `GroupQueryAttention` in 32-bit floats (its CUDA kernels take 16 bits). So quantized models are
//! refused, also because it is not known which of the converter's blocks the CUDA kernels of
//! `MatMulNBits` take. In a model of 32-bit floats, products, norms and cross-attention run on the
//! GPU; the decoder's self-attention, with its cache, stays on the processor.
//!
//! Only the fallbacks to the processor have been tested, never a run on a GPU.

#[cfg(feature = "cuda")]
use ort::ep::{CUDA, ExecutionProvider};
use ort::session::builder::SessionBuilder;
use pounce_model_format::{ModelManifest, Quantization};

use crate::backend::device::{Device, Placement};
use crate::error::EngineError;

/// Where `manifest`'s model should run: on the `wanted` device, unless it is known to be
/// impossible. Asks the loaded library. Only opening the model shows whether a GPU can be used.
pub(crate) fn placement(manifest: &ModelManifest, wanted: Device) -> Placement {
    match wanted {
        Device::Cpu => Placement::default(),
        Device::Cuda => refusal(manifest)
            .map_or(Placement { device: Device::Cuda, ..Placement::default() }, Placement::refused),
    }
}

/// Why `manifest`'s model cannot run on CUDA with the loaded library, and the remedy; `None` if it
/// may.
fn refusal(manifest: &ModelManifest) -> Option<String> {
    if !cfg!(feature = "cuda") {
        return Some("this build cannot: build pounce with the feature `cuda`".to_owned());
    }
    if manifest.quantization != Quantization::None {
        let remedy = "install the model with `--quantize none`";
        return Some(format!("its rounded weights are made for the processor: {remedy}"));
    }
    (!has_provider()).then(|| {
        "the ONNX Runtime in use has no CUDA: put that of onnxruntime-gpu into a folder `cuda` beside \
         it, or name it in POUNCE_ORT_CUDA_LIBRARY, and start pounce again"
            .to_owned()
    })
}

/// Whether the loaded library was built with CUDA.
#[cfg(feature = "cuda")]
fn has_provider() -> bool {
    // An error of the library itself occurs again when the provider is registered.
    CUDA::is_available().unwrap_or(true)
}

#[cfg(not(feature = "cuda"))]
fn has_provider() -> bool {
    false
}

/// Adds the provider to a session. This loads NVIDIA's libraries.
///
/// # Errors
/// If one of the libraries or the driver is missing.
#[cfg(feature = "cuda")]
pub(super) fn register(mut builder: SessionBuilder) -> ort::Result<SessionBuilder> {
    CUDA::default().register(&mut builder)?;
    Ok(builder)
}

/// Never called: [`refusal`] refuses every model of such a build.
#[cfg(not(feature = "cuda"))]
pub(super) fn register(builder: SessionBuilder) -> ort::Result<SessionBuilder> {
    Ok(builder)
}

/// The message for people, made from the `error` with which the runtime failed to use the GPU.
pub(super) fn fallback_reason(error: &EngineError) -> String {
    let message = match error {
        EngineError::Graph { reason, .. } => reason.clone(),
        other => other.to_string(),
    };
    format!("CUDA cannot be used ({}); the README says what it needs", reason(&message))
}

/// The reason in a message of ONNX Runtime, without the source locations, error codes and host name
/// around it.
fn reason(message: &str) -> &str {
    let message = message.rsplit(" : ").next().unwrap_or(message);
    let start = message.rfind("CUDA failure").unwrap_or(0);
    message[start..].split(" ; ").next().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::backend::onnx_runtime::runtime::Runtime;

    /// The embedded model's manifest with another quantization.
    fn manifest(quantization: Quantization) -> ModelManifest {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
        ModelManifest { quantization, ..ModelManifest::load(&dir).unwrap() }
    }

    #[test]
    fn the_reason_is_extracted_from_a_runtime_message() {
        let check = |message: &str, expected| assert_eq!(reason(message), expected);
        check(
            "provider.cc:2043 Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library a.so with \
             error: b.so.13: cannot open shared object file",
            "Failed to load library a.so with error: b.so.13: cannot open shared object file",
        );
        check(
            "cuda_call.cc:154 CudaCall() CUDA failure 35: CUDA driver version is insufficient for CUDA \
             runtime version ; GPU=-1 ; hostname=vm ; expr=cudaSetDevice(info_.device_id);",
            "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
        );
        check("Protobuf parsing failed.", "Protobuf parsing failed.");
    }

    #[test]
    fn a_refusal_names_the_remedy() {
        Runtime::find().unwrap();
        let refusal = |quantization| refusal(&manifest(quantization)).unwrap_or_default();
        let rounded = refusal(Quantization::Int8);
        let floats = refusal(Quantization::None);
        if cfg!(feature = "cuda") {
            assert!(rounded.contains("--quantize none"), "{rounded}");
            assert!(floats.is_empty() || floats.contains("POUNCE_ORT_CUDA_LIBRARY"), "{floats}");
        } else {
            assert!(rounded.contains("feature `cuda`"), "{rounded}");
            assert_eq!(rounded, floats, "the build is asked first");
        }
    }
}
