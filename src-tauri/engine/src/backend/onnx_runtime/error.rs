//! ONNX Runtime's errors as [`EngineError`]s.

use crate::error::EngineError;

/// A run that failed in `stage`.
pub(super) fn run_error(stage: &'static str, source: &ort::Error) -> EngineError {
    EngineError::Run { stage, reason: first_line(source.message()) }
}

/// The first line of a message of ONNX Runtime, without the hints that may follow it.
pub(super) fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}
