//! The invariants of the layout that no compiler checks.

mod circles;
mod crate_source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use circles::circles;
use crate_source::CrateSource;

fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let (dirs, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let mut all: Vec<_> = dirs.iter().flat_map(|dir| sources(dir)).collect();
    all.extend(
        files
            .into_iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs")),
    );
    all
}

/// The lines of a file that are code, not comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether `word` stands in the code as a whole.
fn names(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

fn check(krate: &str, allowed: &[&str], word: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(krate).join("src");
    let files = sources(&dir);
    assert!(!files.is_empty(), "{} should hold sources", dir.display());
    for file in files {
        let is_allowed = allowed.iter().any(|allowed| file.starts_with(dir.join(allowed)));
        assert!(
            is_allowed || !names(&code(&file), word),
            "{} must not name `{word}`",
            file.display()
        );
    }
}

#[test]
fn foreign_libraries_have_one_front_door() {
    check("engine", &["backend/onnx_runtime"], "ort");
    check("engine", &["prompt/tokenizer.rs"], "tokenizers");
    check("engine", &[], "tokio");
    check("engine", &[], "tauri");
    check("cpu", &["kernels"], "arch");
    check("cpu", &["kernels"], "unsafe");
    check("service", &[], "tauri");
    check("service", &[], "ort");
    check("service", &[], "tree_sitter");
    check("cli", &[], "tree_sitter");
    check("service", &[], "reqwest");
    check("server", &[], "tauri");
    check("server", &["connection.rs"], "hyper_util");
    // Its test takes a port of its own.
    check("server", &["listeners.rs", "port_owner.rs"], "bind");
    check("models", &["http"], "reqwest");
    check("models", &[], "pounce_engine");
    check("convert", &[], "prost");
    check("cpu", &[], "prost");
    check("fitting", &["syntax"], "tree_sitter");
    check("project", &["watching"], "notify");
    check("project", &["selection"], "ignore");
}

#[test]
fn the_router_is_pure() {
    let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routing");
    for file in ["router.rs", "route.rs", "model_view.rs", "preference.rs"] {
        let code = code(&routing.join(file));
        for impure in ["Instant", "SystemTime", "Mutex", "std::fs", "tokio", "async "] {
            assert!(!code.contains(impure), "the router's {file} names {impure}");
        }
    }
}

#[test]
fn models_are_touched_by_their_worker_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let homes = ["pool/worker", "engines"];
        let is_home = homes.iter().any(|home| file.starts_with(src.join(home)));
        let calls = [".generate(", ".warm_up("];
        let is_caller = calls.iter().any(|call| code(&file).contains(call));
        assert!(is_home || !is_caller, "{} runs a model", file.display());
    }
}

#[test]
fn no_two_files_need_each_other() {
    let src_tauri = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let crates = [
        "model-format",
        "convert",
        "cpu",
        "engine",
        "fitting",
        "models",
        "project",
        "service",
        "server",
        "cli",
        "soak",
        "fuzz",
    ];
    let libraries = crates.map(|name| src_tauri.join(name).join("src/lib.rs"));
    let tests = ["it", "desktop", "cli"]
        .map(|name| src_tauri.with_file_name("tests").join(name).join("main.rs"));
    let shell = src_tauri.join("shell/lib.rs");
    for root in libraries.into_iter().chain(tests).chain([shell]) {
        let arrows = CrateSource::read(&root).arrows();
        let circles = circles(&arrows);
        let ties = circles.iter().map(|circle| describe(circle, &arrows)).collect::<String>();
        assert!(circles.is_empty(), "circles in {}:\n{ties}", root.display());
    }
}

/// The files of a circle and which of its own files each names.
fn describe(circle: &[PathBuf], arrows: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> String {
    let ties = circle.iter().map(|file| {
        let named = arrows[file].iter().filter(|target| circle.contains(target));
        format!("  {} names {:?}\n", file.display(), named.collect::<Vec<_>>())
    });
    ties.collect::<String>() + "\n"
}

/// A vocabulary is read alike for every family.
#[test]
fn the_tokenizer_of_a_checkpoint_names_no_family() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("convert/src");
    for file in sources(&src.join("tokenizer")) {
        assert!(!names(&code(&file), "families"), "{} must name no family", file.display());
    }
}

/// What the windows are sent is made from what the core speaks, never the other way round.
#[test]
fn the_core_of_the_shell_knows_no_wire_type() {
    let shell = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("shell");
    for file in ["request", "clipboard", "hotkeys"].iter().flat_map(|dir| sources(&shell.join(dir)))
    {
        assert!(!names(&code(&file), "wire"), "{} must name no wire type", file.display());
    }
}

/// A library cannot know what its program prints: the program passes in what starts a process.
#[test]
fn the_service_starts_no_program() {
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        assert!(!names(&code(&file), "Command"), "{} must not start a program", file.display());
    }
}
