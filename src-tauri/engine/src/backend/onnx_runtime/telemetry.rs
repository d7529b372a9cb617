//! Disables ONNX Runtime's telemetry.
//!
//! Since 1.32 its official builds report to Microsoft on Linux too: they keep processor, system,
//! the program's path and a device number in a database below `~/.cache/Microsoft` and send them
//! from there. The API call that disables telemetry comes too late, after the first report was
//! stored.

/// ONNX Runtime reports nothing if this variable is set when its library is loaded.
const TELEMETRY_VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Keeps ONNX Runtime from storing and sending reports. Call it first in `main`.
///
/// # Safety
/// No other thread may run yet: a thread that reads the environment at the same time could read
/// freed memory (see [`std::env::set_var`]).
pub unsafe fn disable_telemetry() {
    // SAFETY: the caller guarantees that no other thread runs.
    unsafe { std::env::set_var(TELEMETRY_VARIABLE, "1") };
}
