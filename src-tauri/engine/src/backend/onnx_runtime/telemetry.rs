//! ONNX Runtime's telemetry, and how it is turned off.
//!
//! From 1.32 on its official builds report to its maker on Linux too: processor, system, the program's
//! path and a number of the device are kept in a database below `~/.cache/Microsoft` and sent from
//! there. Its programming interface turns that off too late: the first report has been kept by then.

/// Makes ONNX Runtime report nothing, if it is set while the library is loaded.
const TELEMETRY_VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Has ONNX Runtime keep and send no reports. For the first line of a program's `main`.
///
/// # Safety
/// No other thread may run yet: one that reads the environment meanwhile would read freed memory
/// (see [`std::env::set_var`]).
pub unsafe fn turn_telemetry_off() {
    // SAFETY: the caller sees to it that no other thread runs.
    unsafe { std::env::set_var(TELEMETRY_VARIABLE, "1") };
}
