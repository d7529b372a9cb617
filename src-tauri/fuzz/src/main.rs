//! libFuzzer's loop over the target that `POUNCE_FUZZ_TARGET` names.
#![no_main]

use std::env;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pounce_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let wanted = env::var("POUNCE_FUZZ_TARGET").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == wanted).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        panic!("set POUNCE_FUZZ_TARGET to one of {}", names.join(", "))
    })
});

fuzz_target!(
    // libFuzzer's own hook ends the process even where a reader catches a library's panic. Panics that
    // are not caught end it all the same.
    init: drop(std::panic::take_hook()),
    |bytes: &[u8]| (TARGET.read)(bytes)
);
