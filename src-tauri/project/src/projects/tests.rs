//! What happens on disks with faults.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::selection::LeftOut;
use crate::watching::NoWatches;

/// Changes come from the system: longer than this they do not take on the slowest machine.
const TEST_LIMIT: Duration = Duration::from_secs(60);

fn line(number: usize) -> String {
    format!("let value_of_line_{number} = compute_{number}();\n")
}

/// A disk on which some files are read by `read`, which returns `None` for the others.
fn disk(
    read: impl Fn(&Path) -> Option<Result<SourceFile, LeftOut>> + Send + Sync + 'static,
) -> Disk {
    let read = move |path: &Path| read(path).unwrap_or_else(|| SourceFile::read(path));
    Disk { read: Arc::new(read), ..Disk::default() }
}

fn on(disk: Disk) -> Projects {
    let mut projects = Projects::default();
    projects.disk = disk;
    projects
}

fn wait(projects: &Projects, what: &str, is_so: impl Fn(&[FolderStatus]) -> bool) {
    let start = Instant::now();
    loop {
        let status = projects.status();
        if !status.is_empty() && is_so(&status) {
            return;
        }
        assert!(start.elapsed() < TEST_LIMIT, "{what}: {status:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_folder_that_vanishes_is_missing_until_it_is_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("code");
    let lay_out = || {
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.rs"), line(1)).unwrap();
    };
    lay_out();
    let projects = Projects::default();
    projects.set_folders(vec![folder.clone()]);
    wait(&projects, "it is read", |status| status[0].state == FolderState::Read);
    fs::remove_dir_all(&folder).unwrap();
    wait(&projects, "it is gone", |status| status[0].state == FolderState::Missing);
    assert_eq!(projects.status()[0].n_files, 0, "with its files");
    lay_out();
    assert_eq!(projects.find(&line(1)), Err(NoPlace::NotFound), "no change has been told");
    wait(&projects, "it was looked for after the search", |_| projects.find(&line(1)).is_ok());
}

#[test]
fn a_file_that_cannot_be_read_is_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.rs"), line(1)).unwrap();
    fs::write(folder.path().join("locked.rs"), line(2)).unwrap();
    let projects = on(disk(|path| path.ends_with("locked.rs").then_some(Err(LeftOut::Unreadable))));
    projects.keeper(None).set_folders(&[folder.path().to_owned()]);
    assert!(projects.find(&line(1)).is_ok(), "the others are read");
    assert_eq!(projects.find(&line(2)), Err(NoPlace::NotFound));
    assert_eq!(projects.status()[0].left_out[&LeftOut::Unreadable], 1);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.rs");
    fs::write(&file, line(1)).unwrap();
    let is_changed = AtomicBool::new(false);
    let projects = on(disk(move |path| {
        let read = SourceFile::read(path);
        if !is_changed.swap(true, Ordering::SeqCst) {
            fs::write(path, line(1) + &line(2)).unwrap();
        }
        Some(read)
    }));
    let mut keeper = projects.keeper(None);
    keeper.set_folders(&[folder.path().to_owned()]);
    assert_eq!(projects.status()[0].n_lines, 1, "as it was");
    keeper.set_folders(&[folder.path().to_owned()]);
    assert_eq!(projects.status()[0].n_lines, 2, "its version was known to be an older one");
}

#[test]
fn without_watches_the_folders_are_looked_at_again_after_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.rs");
    fs::write(&file, line(1)).unwrap();
    let projects = on(Disk { watch: |_| Watches::of(NoWatches), ..Disk::default() });
    projects.set_folders(vec![folder.path().to_owned()]);
    wait(&projects, "it is read", |status| status[0].state == FolderState::Read);
    let problem = projects.status()[0].watch_problem.clone().unwrap();
    assert!(problem.contains("max_user_watches"), "the remedy is named: {problem}");
    fs::write(&file, line(2) + &line(3)).unwrap();
    assert_eq!(projects.find(&line(2)), Err(NoPlace::NotFound), "no change has been told");
    wait(&projects, "it was looked at after the search", |_| projects.find(&line(2)).is_ok());
}

#[test]
fn a_disk_that_hangs_holds_one_search_and_no_other() {
    let [near, far] = [1, 2].map(|number| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.rs"), line(number)).unwrap();
        folder
    });
    let folders = [&near, &far].map(|folder| folder.path().to_owned());
    let hangs = Arc::new((AtomicBool::new(false), Barrier::new(2)));
    let (mount, hanging) = (folders[1].clone(), Arc::clone(&hangs));
    let mut projects = on(disk(move |path| {
        if path.starts_with(&mount) && hanging.0.load(Ordering::SeqCst) {
            // The first wait says that the reading has begun, the second one ends it.
            hanging.1.wait();
            hanging.1.wait();
        }
        None
    }));
    projects.open_reads = OpenReads::with_patience(Duration::ZERO);
    projects.keeper(None).set_folders(&folders);
    hangs.0.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| projects.find(&line(2)));
        hangs.1.wait();
        for _ in 0..2 * MAX_SEARCHES {
            assert_eq!(projects.find(&line(2)), Err(NoPlace::TooSlow), "it does not wait");
        }
        assert!(projects.find(&line(1)).is_ok(), "the other folder's disk answers");
        assert_eq!(projects.status().len(), 2, "nor does the status wait");
        hangs.0.store(false, Ordering::SeqCst);
        hangs.1.wait();
        assert!(waiting.join().unwrap().is_ok(), "what hung goes on");
    });
    assert!(projects.find(&line(2)).is_ok(), "the disk answers again");
}
