//! What is known of a folder follows what happens in it.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pounce_project::{FolderState, FolderStatus, Limits, Projects};

/// Changes come from the system: longer than this they do not take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn watched(folder: &Path) -> Projects {
    let projects = Projects::new(Limits::default());
    projects.set_folders(vec![folder.to_owned()]);
    wait(&projects, "the folder is read", |status| status[0].state != FolderState::Reading);
    projects
}

fn wait(projects: &Projects, what: &str, is_so: impl Fn(&[FolderStatus]) -> bool) {
    let start = Instant::now();
    loop {
        let status = projects.status();
        if !status.is_empty() && is_so(&status) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: {status:?}");
        std::thread::yield_now();
    }
}

fn line(number: usize) -> String {
    format!("let value_of_line_{number} = compute_{number}();\n")
}

fn wait_for(projects: &Projects, number: usize, is_known: bool) {
    let what = format!("line {number} is known: {is_known}");
    wait(projects, &what, |_| projects.find(&line(number)).is_ok() == is_known);
}

#[test]
fn what_happens_to_files_and_folders_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.rs"), line(1)).unwrap();
    let projects = watched(folder.path());
    wait_for(&projects, 1, true);
    fs::write(path("a.rs"), line(2)).unwrap();
    wait_for(&projects, 2, true);
    fs::write(path("b.rs"), line(3)).unwrap();
    wait_for(&projects, 3, true);
    fs::create_dir_all(path("deep/er")).unwrap();
    fs::write(path("deep/er/c.rs"), line(4)).unwrap();
    wait_for(&projects, 4, true);
    fs::write(path("deep/er/c.rs"), line(5)).unwrap();
    wait_for(&projects, 5, true);
    fs::rename(path("a.rs"), path("deep/er/a.rs")).unwrap();
    wait(&projects, "three files are left", |status| {
        let place = projects.find(&line(2));
        status[0].n_files == 3 && place.is_ok_and(|place| place.name == Path::new("deep/er/a.rs"))
    });
    fs::write(path(".pounceignore"), "b.rs\n").unwrap();
    wait(&projects, "a file is ignored from now on", |status| status[0].n_files == 2);
    fs::remove_dir_all(path("deep")).unwrap();
    wait(&projects, "the files are gone with their folder", |status| status[0].n_files == 0);
}

#[test]
fn folders_come_and_go() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(one.path().join("a.rs"), line(1)).unwrap();
    fs::write(other.path().join("b.rs"), line(2)).unwrap();
    let projects = watched(one.path());
    projects.set_folders(vec![one.path().to_owned(), other.path().to_owned()]);
    wait_for(&projects, 2, true);
    assert!(projects.find(&line(1)).is_ok(), "the first is still there");
    projects.set_folders(vec![other.path().to_owned()]);
    wait(&projects, "the first is forgotten", |status| status.len() == 1);
    assert!(projects.find(&line(1)).is_err(), "with its files");
    projects.set_folders(Vec::new());
    let start = Instant::now();
    while !projects.status().is_empty() {
        assert!(start.elapsed() < PATIENCE, "no folder is left");
        std::thread::yield_now();
    }
}

#[test]
fn a_folder_that_is_not_there_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let gone: PathBuf = folder.path().join("none");
    let projects = watched(&gone);
    assert_eq!(projects.status()[0].state, FolderState::Missing);
}
