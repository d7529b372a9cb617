//! `pounce models` as a person runs it: the real binary against a server on this machine, and
//! without any network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, mpsc};

use tempfile::TempDir;

use super::checkpoints::random_checkpoint::{self, Shape};
use super::server::{Answer, Repo, Server};
use super::{check_refused, pounce, root};

pub(super) const WEIGHTS: &str = "model.safetensors";

/// The folders of a user who has installed nothing yet.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes the smallest checkpoint into a folder `name`.
    pub(super) fn checkpoint(&self, name: &str) -> PathBuf {
        let dir = self.path().join(name);
        random_checkpoint::write(&dir, &Shape::TINY, 7).unwrap();
        dir
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let own = self.path().join("models");
        let dirs = std::env::join_paths([own, root().join("models")]).unwrap();
        let mut command = pounce(self.path());
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "HF_TOKEN"] {
            command.env_remove(variable);
        }
        command.env("POUNCE_MODELS_DIR", dirs).env("HF_ENDPOINT", "http://127.0.0.1:9");
        command.args(arguments);
        command
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        succeed(&mut self.command(arguments))
    }

    /// The names in the user's models folder, without the hidden folder of locks.
    pub(super) fn models(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path().join("models")).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    /// Checks that a model completes.
    pub(super) fn complete(&self, model: &str) {
        let snippet = self.path().join("snippet.py");
        fs::write(&snippet, "def add(a, b):\n    return ").unwrap();
        let arguments = ["complete", snippet.to_str().unwrap(), "--model", model, "--json"];
        let report: serde_json::Value = serde_json::from_str(&self.run(&arguments)).unwrap();
        assert_eq!(report["model"], model, "{report}");
    }
}

pub(super) fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{command:?} said {said:?}");
    String::from_utf8(stdout).unwrap()
}

pub(super) fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text:?} should say {part:?}");
    }
}

pub(super) fn repo(home: &Home) -> Repo {
    Repo::of("Salesforce/codet5p-220m", &home.checkpoint("source"))
}

#[test]
fn a_model_of_the_catalogue_is_installed_used_and_removed() {
    let home = Home::new();
    let repo = repo(&home);
    let server = Server::start(move |request| repo.answer(request));
    let mut add = home.command(&["models", "add", "codet5p-220m"]);
    let printed = succeed(add.env("HF_ENDPOINT", server.url()));
    says(&printed, &["codet5p-220m installed", "pins.json", "to write one"]);
    says(&home.run(&["models", "list"]), &["* pounce-50m", "  codet5p-220m", "qwen2.5-coder-0.5b"]);
    says(&home.run(&["models", "verify", "codet5p-220m"]), &["is sound"]);
    let info = home.run(&["models", "info", "codet5p-220m"]);
    says(
        &info,
        &["BSD-3-Clause", "8 bits", "both sides", "ms to read a token", "default       no"],
    );
    home.complete("codet5p-220m");
    home.run(&["models", "use", "codet5p-220m"]);
    says(&home.run(&["models", "list"]), &["* codet5p-220m", "  pounce-50m"]);
    says(&home.run(&["models", "remove", "codet5p-220m"]), &["removed"]);
    assert_eq!(home.models(), [""; 0]);
}

#[test]
fn a_folder_is_enough_without_any_network() {
    let home = Home::new();
    let folder = home.checkpoint("tiny");
    says(&home.run(&["models", "add", folder.to_str().unwrap()]), &["tiny installed"]);
    home.complete("tiny");
    // Converted here, carried elsewhere.
    let carried = home.path().join("carried");
    fs::rename(home.path().join("models/tiny"), &carried).unwrap();
    home.run(&["models", "add", carried.to_str().unwrap(), "--id", "other", "--use", "--trust"]);
    home.complete("other");
    says(&home.run(&["models", "list"]), &["* other"]);
}

#[test]
fn a_proxy_is_honoured() {
    let home = Home::new();
    let repo = repo(&home);
    let proxy = Server::start(move |request| repo.answer(request));
    let mut add = home.command(&["models", "add", "codet5p-220m"]);
    succeed(add.env("HF_ENDPOINT", "http://hub.invalid").env("HTTP_PROXY", proxy.url()));
    let log = proxy.take_log();
    assert!(!log.is_empty() && log.iter().all(|request| request.is_proxied));
}

#[test]
fn impossible_requests_are_refused_in_one_line() {
    let home = Home::new();
    let check = |arguments: &[&str], expected: &[&str]| {
        check_refused(&mut home.command(arguments), expected);
    };
    check(&["models", "add", "gpt-9"], &["gpt-9", "pounce models list"]);
    check(&["models", "add", "./nothing"], &["./nothing"]);
    check(&["models", "add", "pounce-50m"], &["installed already"]);
    check(&["models", "remove", "pounce-50m"], &["comes with pounce"]);
    check(&["models", "remove", "gone"], &["gone", "not installed"]);
    check(&["models", "use", "gone"], &["gone", "not installed"]);
    check(&["models", "info", "gone"], &["gone"]);
    check(&["models", "verify", "../models"], &["not installed"]);
}

/// The first process is killed halfway through its download, as by `kill -9`; the next one resumes
/// it.
#[test]
fn the_second_of_two_processes_is_refused_and_a_killed_one_leaves_nothing_half_done() {
    let home = Home::new();
    let repo = repo(&home);
    let half = repo.size(WEIGHTS) / 2;
    let (release, held) = mpsc::channel();
    let (reached, is_reached) = mpsc::channel();
    let held = Mutex::new(Some((held, reached)));
    let server = Server::start(move |request| {
        let answer = repo.answer(request);
        let first = held.lock().unwrap().take_if(|_| request.gets(WEIGHTS));
        let Some((hold, reached)) = first else { return answer };
        reached.send(()).unwrap();
        Answer { cut_at: Some(half), hold: Some(hold), ..answer }
    });
    let add = || {
        let mut command = home.command(&["models", "add", "codet5p-220m"]);
        command.env("HF_ENDPOINT", server.url());
        command
    };
    let mut first = add().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    is_reached.recv().unwrap();
    check_refused(&mut add(), &["codet5p-220m", "being installed already"]);
    first.kill().unwrap();
    first.wait().unwrap();
    drop(release);
    assert_eq!(home.models(), [""; 0]);
    says(&succeed(&mut add()), &["codet5p-220m installed"]);
    assert_eq!(home.models(), ["codet5p-220m"]);
}

/// As in `pounce models list | head -1`: the reader closes the pipe while there is more to print.
#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_no_failure() {
    let home = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = pounce(home.path()).args(["models", "list"]).stdout(writer).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "it ends as if all was said");
    assert_eq!(message, "", "and in silence");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_in_one_line() {
    let home = TempDir::new().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = pounce(home.path()).args(["models", "list"]).stdout(full).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "what was asked for is not there");
    assert!(message.contains("standard output"), "{message:?}");
    assert_eq!(message.lines().count(), 1, "{message:?}");
}
