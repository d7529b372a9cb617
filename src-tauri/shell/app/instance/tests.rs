//! Processes that talk to the running instance, and those that try to hold it up.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::sync::mpsc;

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;
use tempfile::TempDir;

use super::*;
use crate::in_time::receive;

fn listening(folder: &Path) -> (Listener, mpsc::Receiver<DesktopCommand>) {
    let (sender, requests) = mpsc::channel();
    let instance =
        Instance::claim(folder).unwrap().expect("no other process claims a temporary folder");
    let listener = instance.listen(move |command| {
        sender.send(command).unwrap();
        match command {
            DesktopCommand::Stats => text(),
            _ => Reply::Done,
        }
    });
    (listener.unwrap(), requests)
}

fn text() -> Reply {
    Reply::Text("several\nlines".into())
}

#[test]
fn a_later_start_reaches_the_first() {
    let folder = TempDir::new().unwrap();
    let (_listener, requests) = listening(folder.path());
    assert!(Instance::claim(folder.path()).unwrap().is_none(), "the claim is exclusive");
    let cases = [
        (DesktopCommand::Show(Window::Dashboard), Reply::Done),
        (DesktopCommand::Do(Verb::Complete(Some(Mode::Block))), Reply::Done),
        (DesktopCommand::Do(Verb::Complete(Some(Mode::Free))), Reply::Done),
        (DesktopCommand::Do(Verb::Complete(None)), Reply::Done),
        (DesktopCommand::Do(Verb::Next), Reply::Done),
        (DesktopCommand::Do(Verb::Undo), Reply::Done),
        (DesktopCommand::Do(Verb::Copy(None)), Reply::Done),
        (DesktopCommand::Stats, Reply::Text("several\nlines".into())),
        (DesktopCommand::Refresh, Reply::Done),
        (DesktopCommand::Quit, Reply::Done),
    ];
    for (command, expected) in cases {
        assert_eq!(ask(folder.path(), command).unwrap(), expected, "the reply crosses whole");
        assert_eq!(receive(&requests), command, "and so does the command");
    }
}

#[test]
fn an_instance_that_does_not_run_is_reported_at_once() {
    let folder = TempDir::new().unwrap();
    let error = ask(folder.path(), DesktopCommand::Quit).unwrap_err();
    assert!(matches!(error, InstanceError::NotRunning), "no process holds the lock: {error}");
}

#[test]
fn a_socket_left_by_a_killed_instance_is_replaced() {
    let folder = TempDir::new().unwrap();
    // Dropping the listener closes the socket and leaves its file, as `kill -9` does; no lock is held.
    drop(UnixListener::bind(socket_path(folder.path())).unwrap());
    let error = ask(folder.path(), DesktopCommand::Quit).unwrap_err();
    assert!(matches!(error, InstanceError::NotRunning), "a stale socket is no instance: {error}");
    let (_listener, _requests) = listening(folder.path());
    assert_eq!(
        ask(folder.path(), DesktopCommand::Quit).unwrap(),
        Reply::Done,
        "the new instance answers"
    );
}

#[test]
fn an_ended_instance_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let (listener, _requests) = listening(folder.path());
    drop(listener);
    assert!(!socket_path(folder.path()).exists(), "the socket is removed");
    assert!(Instance::claim(folder.path()).unwrap().is_some(), "and the lock released");
}

#[test]
fn nonsense_is_refused_and_survived() {
    let folder = TempDir::new().unwrap();
    let (_listener, _requests) = listening(folder.path());
    for nonsense in ["\n", "{}\n", "\"fly\"\n"] {
        let mut stream = UnixStream::connect(socket_path(folder.path())).unwrap();
        stream.write_all(nonsense.as_bytes()).unwrap();
        let line = Connection::new(&stream, PATIENCE).read_line().unwrap();
        let line = line.expect("an answer, not a hang");
        assert!(line.contains("refused"), "nonsense is refused: {line}");
    }
    drop(UnixStream::connect(socket_path(folder.path())).unwrap());
    assert_eq!(
        ask(folder.path(), DesktopCommand::Quit).unwrap(),
        Reply::Done,
        "the thread still answers"
    );
}

#[test]
fn the_socket_is_private() {
    let folder = TempDir::new().unwrap();
    let (_listener, _requests) = listening(folder.path());
    let mode = fs::metadata(socket_path(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "other users may not ask");
}

#[test]
fn a_silent_peer_holds_up_no_other() {
    let folder = TempDir::new().unwrap();
    let (_listener, _requests) = listening(folder.path());
    let silent = UnixStream::connect(socket_path(folder.path())).unwrap();
    assert_eq!(ask(folder.path(), DesktopCommand::Stats).unwrap(), text(), "another is answered");
    silent.set_nonblocking(true).unwrap();
    let waiting = (&silent).read(&mut [0]).unwrap_err();
    assert_eq!(waiting.kind(), io::ErrorKind::WouldBlock, "while the silent one is waited for");
}

#[test]
fn a_silent_peer_does_not_hold_up_the_end() {
    let folder = TempDir::new().unwrap();
    let (listener, _requests) = listening(folder.path());
    let silent = UnixStream::connect(socket_path(folder.path())).unwrap();
    assert_eq!(ask(folder.path(), DesktopCommand::Stats).unwrap(), text(), "both are served");
    let start = Instant::now();
    drop(listener);
    assert!(start.elapsed() < PATIENCE / 2, "the end does not wait for a command: {silent:?}");
}

#[test]
fn a_folder_that_another_user_could_lead_elsewhere_is_not_used() {
    let parent = TempDir::new().unwrap();
    let (elsewhere, link) = (parent.path().join("elsewhere"), parent.path().join("pounce"));
    let (_listener, requests) = listening(&elsewhere);
    symlink(&elsewhere, &link).unwrap();
    let claimed = Instance::claim(&link).unwrap_err();
    assert!(matches!(claimed, InstanceError::Folder { .. }), "no instance starts: {claimed}");
    let asked = ask(&link, DesktopCommand::Quit).unwrap_err();
    assert!(matches!(asked, InstanceError::Folder { .. }), "and none is asked: {asked}");
    assert!(requests.try_recv().is_err(), "the command stays here");
}
