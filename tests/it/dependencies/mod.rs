//! Other people's crates: their licences, those that are there in several versions, and those that
//! are not maintained. Read from the lock file and the sources that cargo has, without the network.

mod graph;
mod licence;

use std::collections::BTreeSet;

use graph::Graph;

/// What a program under the MIT licence may be made of. The last is a licence by file: what is
/// changed of such a crate has to be published, and nothing is changed.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    "MPL-2.0",
];

/// Crates that the program has in several versions, and who asks for another one than the newest.
const SEVERAL_VERSIONS: &[(&str, &str)] = &[
    ("base64", "spm_precompiled, of tokenizers"),
    ("bitflags", "webkit2gtk, of tauri"),
    ("foldhash", "hashbrown"),
    ("getrandom", "ring; tauri; rand_core, of tokenizers"),
    ("hashbrown", "safetensors; petgraph and indexmap, of tauri"),
    ("indexmap", "schemars, of tauri"),
    ("libloading", "libappindicator, of tauri's tray: in the lock file, but not built"),
    ("miniz_oxide", "png, of tauri"),
    ("nom", "spm_precompiled, of tokenizers"),
    ("rand", "tokenizers"),
    ("rand_core", "tokenizers"),
    ("schemars", "tauri-utils and serde_with, of tauri"),
    ("thiserror", "the bindings of GTK 3, of tauri"),
];

/// Crates whose maintainers have given them up, with the advisory of RustSec and why they stay.
const UNMAINTAINED: &[(&str, &str)] = &[
    ("atk", "RUSTSEC-2024-0413: tauri draws its windows with GTK 3 on Linux"),
    ("atk-sys", "RUSTSEC-2024-0416: GTK 3"),
    ("gdk", "RUSTSEC-2024-0412: GTK 3"),
    ("gdk-sys", "RUSTSEC-2024-0418: GTK 3"),
    ("gdkwayland-sys", "RUSTSEC-2024-0411: GTK 3"),
    ("gdkx11", "RUSTSEC-2024-0417: GTK 3"),
    ("gdkx11-sys", "RUSTSEC-2024-0414: GTK 3"),
    ("gtk", "RUSTSEC-2024-0415: GTK 3"),
    ("gtk-sys", "RUSTSEC-2024-0420: GTK 3"),
    ("gtk3-macros", "RUSTSEC-2024-0419: GTK 3, while it is built"),
    ("paste", "RUSTSEC-2024-0436: tokenizers, while it is built"),
    ("proc-macro-error", "RUSTSEC-2024-0370: gtk3-macros, while it is built"),
];

#[test]
fn every_licence_is_allowed() {
    let graph = Graph::read();
    let refused: Vec<String> = graph
        .packages()
        .filter(|package| !licence::is_allowed(&package.licence, LICENCES))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.licence))
        .collect();
    assert!(refused.is_empty(), "replace them, or allow the licence: {refused:#?}");
}

#[test]
fn a_crate_is_there_twice_only_where_that_is_accepted() {
    let accepted: BTreeSet<&str> = SEVERAL_VERSIONS.iter().map(|(name, _)| *name).collect();
    let graph = Graph::read();
    let found = graph.several_versions_of("pounce");
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let new: Vec<_> = found.difference(&accepted).collect();
    assert!(new.is_empty(), "choose a version that is there already, or accept it: {new:?}");
    let gone: Vec<_> = accepted.difference(&found).collect();
    assert!(gone.is_empty(), "there is one version left, so they need no exception: {gone:?}");
}

#[test]
fn what_is_unmaintained_is_still_in_use() {
    let graph = Graph::read();
    let names: BTreeSet<&str> = graph.packages().map(|package| package.name.as_str()).collect();
    for (name, why) in UNMAINTAINED {
        assert!(names.contains(name), "{name} has gone, and with it its exception ({why})");
    }
}

#[test]
fn the_program_has_nothing_of_tauri_that_only_tests_need() {
    let features = graph::program_features("pounce", "tauri");
    assert!(features.contains("wry"), "{features:?}");
    assert!(!features.contains("test"), "it takes commands without a window: {features:?}");
}
