//! Keeps code out of the output when something panics. The standard hook prints the panic's
//! message, and the message of a failed slice quotes the string.

use std::panic;
use std::sync::Once;
use std::thread;

use crate::pool::worker::THREAD_NAME;

/// Has all panics printed without their message. For a program's beginning: tests want to see theirs.
pub fn hide_panic_messages() {
    panic::set_hook(Box::new(|info| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("a thread");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(thread = name, place, "it panicked");
        eprintln!("pounce: {name} panicked at {place}: please report this line");
    }));
}

/// Has panics of model threads printed without their message. Other threads are not touched.
pub(crate) fn hide_messages_of_models() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let standard = panic::take_hook();
        panic::set_hook(Box::new(move |info| match thread::current().name() {
            Some(name) if name.starts_with(THREAD_NAME) => {
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                tracing::error!(thread = name, place, "an engine panicked");
            }
            _ => standard(info),
        }));
    });
}
