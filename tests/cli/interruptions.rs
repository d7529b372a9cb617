//! Installations that break off: killed while they run, or stopped by a full disk.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::checkpoints::random_checkpoint::{self, Shape};
use super::models::{Home, WEIGHTS, repo, says, succeed};
use super::server::{Answer, Server};

/// Large enough that the conversion can be killed while it runs.
const LARGE: Shape = Shape { d_model: 256, d_ff: 1024, vocab_size: 24_000, ..Shape::TINY };

/// The names in the staging folder, without the locks.
fn staged(home: &Home) -> Vec<String> {
    let folder = home.path().join("models/.installing");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".lock")).collect()
}

/// Whether a `weights.bin` below `dir` already holds weights.
fn has_weights(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        let is_begun = || fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        if path.is_dir() { has_weights(&path) } else { path.ends_with("weights.bin") && is_begun() }
    })
}

fn wait_until_converting(process: &mut Child, home: &Home) {
    while !has_weights(&home.path().join("models/.installing")) {
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "it was to be caught in the middle: {ended:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_conversion_leaves_nothing_behind() {
    let home = Home::new();
    let (large, tiny) = (home.path().join("large"), home.checkpoint("tiny"));
    random_checkpoint::write(&large, &LARGE, 7).unwrap();
    let add = || home.command(&["models", "add", large.to_str().unwrap()]);
    let mut first = add().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until_converting(&mut first, &home);
    first.kill().unwrap();
    assert_eq!(first.wait().unwrap().signal(), Some(9), "it had no time for anything");
    assert_eq!(staged(&home), ["large"], "so what it was at is still there");
    assert_eq!(home.models(), [""; 0], "but is no model");
    says(&home.run(&["models", "list"]), &["* pounce-50m"]);
    home.complete("pounce-50m");
    home.run(&["models", "add", tiny.to_str().unwrap()]);
    assert_eq!(staged(&home), [""; 0], "the next installation clears up, whatever it installs");
    says(&succeed(&mut add()), &["large installed"]);
    says(&home.run(&["models", "verify", "large"]), &["is sound"]);
}

/// Runs a command that must fail with a last line that contains all of `expected`. The lines
/// before it are the steps that it reached.
fn check_stopped(command: &mut Command, expected: &[&str]) {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{command:?} should fail, and said {said:?}");
    says(said.lines().last().unwrap(), expected);
}

/// Wraps `command` as the arguments of another program.
#[cfg(target_os = "linux")]
fn below(program: &str, arguments: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(program);
    outer.args(arguments).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

/// Wraps `command` so that no file can grow beyond 64 KiB. This stands for a disk that fills up in
/// the middle of a file, on any system.
#[cfg(target_os = "linux")]
fn with_little_room(command: &Command) -> Command {
    let ignoring_the_signal = "trap '' XFSZ; exec \"$0\" \"$@\"";
    below("prlimit", &["--fsize=65536", "sh", "-c", ignoring_the_signal], command)
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_up_during_a_download_costs_nothing_of_it() {
    let home = Home::new();
    let repo = repo(&home);
    let server = Server::start(move |request| repo.answer(request));
    let add = || {
        let mut add = home.command(&["models", "add", "codet5p-220m"]);
        add.env("HF_ENDPOINT", server.url());
        add
    };
    check_stopped(&mut with_little_room(&add()), &[WEIGHTS, "check the disk's space"]);
    assert_eq!((home.models(), staged(&home)), (vec![], vec![]), "nothing half there");
    server.take_log();
    says(&succeed(&mut add()), &["codet5p-220m installed"]);
    let log = server.take_log();
    let rest = log.iter().find(|request| request.gets(WEIGHTS)).unwrap();
    assert_eq!(rest.header("range"), Some("bytes=65536-"), "what there was room for was kept");
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_up_during_a_conversion_leaves_nothing() {
    let home = Home::new();
    let tiny = home.checkpoint("tiny");
    let add = || home.command(&["models", "add", tiny.to_str().unwrap()]);
    check_stopped(&mut with_little_room(&add()), &["cannot write", "weights.bin"]);
    assert_eq!((home.models(), staged(&home)), (vec![], vec![]), "nothing half there");
    says(&succeed(&mut add()), &["tiny installed"]);
}

/// Wraps `command` so that its folders are on a disk mounted for it alone, with 40 MB beyond the 256 MB that downloads
/// leave free.
#[cfg(target_os = "linux")]
fn on_a_small_disk(home: &Home, command: &Command) -> Command {
    let mount = "mount -t tmpfs -o size=296m none \"$0\" && exec \"$@\"";
    let own = ["--user", "--map-root-user", "--mount", "sh", "-c", mount];
    let folder = home.path().to_str().unwrap();
    below("unshare", &[own.as_slice(), &[folder]].concat(), command)
}

#[test]
#[cfg(target_os = "linux")]
fn a_small_disk_is_noticed_before_the_download_or_in_its_middle() {
    let home = Home::new();
    if !on_a_small_disk(&home, &Command::new("true")).status().is_ok_and(|ended| ended.success()) {
        println!("not run: this system does not allow mounting a small disk");
        return;
    }
    let check = |tells_sizes: bool, expected: &[&str]| {
        let mut repo = repo(&home);
        repo.files.insert(WEIGHTS.to_owned(), vec![0; 64 << 20]);
        let server = Server::start(move |request| Answer {
            has_no_length: !tells_sizes,
            ..repo.answer(request)
        });
        let mut add = home.command(&["models", "add", "codet5p-220m"]);
        add.env("HF_ENDPOINT", server.url());
        check_stopped(&mut on_a_small_disk(&home, &add), expected);
    };
    check(true, &["MB are needed", "make room"]);
    check(false, &["MB are needed", "make room"]);
}
