//! The CUDA execution provider: whether a model can run on it, and how a session is given it.
//!
//! Sessions get it beside the processor's; an operator that has no CUDA kernel for its types stays on the
//! processor by ONNX Runtime's own placement. Two of ours have none: `DynamicQuantizeMatMul`, which does
//! the encoder's products on 8 bits, and `GroupQueryAttention` on 32-bit floats (its CUDA kernels take
//! 16 bits). So models of rounded weights are not put on a GPU at all, although `MatMulNBits` has CUDA
//! kernels: which of our blocks they take is not known here. Of a model of 32-bit floats, products, norms and cross-attention run there, and the decoder's own attention, with its cache, on
//! the processor.
//!
//! None of this has been run on a GPU so far: only the ways back to the processor have.

#[cfg(feature = "cuda")]
use ort::ep::{CUDA, ExecutionProvider};
use ort::session::builder::SessionBuilder;
use pounce_model_format::{ModelManifest, Quantization};

use crate::backend::device::{Device, Placement};
use crate::error::EngineError;

/// Where `manifest`'s model is to run: where it is wanted, unless it is known that it cannot.
pub(crate) fn placement(manifest: &ModelManifest, wanted: Device) -> Placement {
    match wanted {
        Device::Cpu => Placement::default(),
        Device::Cuda => refusal(manifest)
            .map_or(Placement { device: Device::Cuda, ..Placement::default() }, Placement::refused),
    }
}

/// Why `manifest`'s model cannot run on CUDA with the library that is loaded; `None` if it may.
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

/// Whether the library that is loaded was built with CUDA.
#[cfg(feature = "cuda")]
fn has_provider() -> bool {
    // An error would be one of the library itself, which registering meets again.
    CUDA::is_available().unwrap_or(true)
}

#[cfg(not(feature = "cuda"))]
fn has_provider() -> bool {
    false
}

/// Gives a session the provider. This loads NVIDIA's libraries, and fails where one of them, or the
/// driver, is missing.
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

/// What the runtime said when it could not use the GPU.
pub(super) fn unusable(error: &EngineError) -> String {
    let message = match error {
        EngineError::Graph { reason, .. } => reason.clone(),
        other => other.to_string(),
    };
    format!("CUDA cannot be used ({}); the README says what it needs", reason(&message))
}

/// The reason in a message of ONNX Runtime: around it stand places in its source, codes and the host's
/// name.
fn reason(message: &str) -> &str {
    let message = message.rsplit(" : ").next().unwrap_or(message);
    let start = message.rfind("CUDA failure").unwrap_or(0);
    message[start..].split(" ; ").next().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The embedded model's, with weights stored so.
    fn manifest(quantization: Quantization) -> ModelManifest {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
        ModelManifest { quantization, ..ModelManifest::load(&dir).unwrap() }
    }

    #[test]
    fn of_what_the_runtime_says_the_reason_is_told() {
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
    fn what_cannot_run_on_a_gpu_says_what_would_help() {
        crate::backend::onnx_runtime::runtime::Runtime::find().unwrap();
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
