//! The invariants of the layout that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

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
    check("engine", &["runtime"], "ort");
    check("engine", &["tokenizer.rs"], "tokenizers");
    check("engine", &[], "tokio");
    check("engine", &[], "tauri");
    check("cpu", &["kernels"], "arch");
    check("cpu", &["kernels", "graph_file.rs"], "unsafe");
    check("service", &[], "tauri");
    check("service", &[], "ort");
    check("service", &["analyzer"], "tree_sitter");
    check("service", &[], "reqwest");
    check("models", &["http"], "reqwest");
    check("models", &[], "pounce_engine");
}

#[test]
fn the_router_is_pure() {
    let router = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/router.rs");
    let code = code(&router);
    for impure in ["Instant", "SystemTime", "Mutex", "std::fs", "tokio", "async "] {
        assert!(!code.contains(impure), "the router names {impure}");
    }
}

#[test]
fn models_are_touched_by_their_worker_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let is_home = file.ends_with("worker.rs") || file.starts_with(src.join("engine"));
        let calls = [".generate(", ".warm_up("];
        let is_caller = calls.iter().any(|call| code(&file).contains(call));
        assert!(is_home || !is_caller, "{} runs a model", file.display());
    }
}
