//! One running instance for each user: the first start claims it, later ones send it their command and end.
//!
//! The claim is a lock on a file, which the system releases whenever the process ends, even by `kill -9`. So a socket
//! found by the holder of the lock is always stale and is replaced. Commands and replies are single lines of JSON on a
//! Unix socket that only the user may open. This needs no D-Bus. The caller decides what a command does.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pounce_cli::DesktopCommand;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How long the other side may take to write its line. Both are on this machine; a peer that needs longer hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest line. Commands and most replies are short; the text of all metrics takes about 20 KiB.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The running instance's answer to a [`DesktopCommand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// It is being done.
    Done,
    /// What was asked for.
    Text(String),
    /// It cannot be done, and why.
    Refused(String),
}

/// Why no instance could be claimed or reached.
#[derive(Debug, Error)]
pub(crate) enum InstanceError {
    /// No process holds the lock.
    #[error("pounce is not running; start it with `pounce`")]
    NotRunning,
    /// The holder of the lock does not answer.
    #[error("the running pounce does not answer at {path}; end it and start it again")]
    Silent {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder or the lock cannot be used.
    #[error("{path} cannot be used; check that you may write there")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The right to be the running instance, held until dropped.
#[derive(Debug)]
pub(crate) struct Instance {
    folder: PathBuf,
    _lock: File,
}

/// The thread that answers later starts; dropping it ends the thread and removes the socket.
#[derive(Debug)]
pub(crate) struct Listener {
    path: PathBuf,
    is_closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _instance: Instance,
}

/// The folder for lock and socket: `XDG_RUNTIME_DIR`, which the session empties, or else the data folder.
pub(crate) fn runtime_folder(data_folder: &Path) -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| Path::new(folder).is_dir()) {
        Some(folder) => Path::new(&folder).join("pounce"),
        None => data_folder.join("run"),
    }
}

impl Instance {
    /// Claims the instance of `folder`; `None` if another process holds it.
    pub(crate) fn claim(folder: &Path) -> Result<Option<Self>, InstanceError> {
        let failed = |path: &Path, source| InstanceError::Folder { path: path.to_owned(), source };
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failed(folder, error))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| failed(&path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { folder: folder.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }

    /// Answers commands on its own thread until the listener is dropped.
    pub(crate) fn listen(
        self,
        mut answer: impl FnMut(DesktopCommand) -> Reply + Send + 'static,
    ) -> Result<Listener, InstanceError> {
        let path = socket_path(&self.folder);
        let socket =
            bind(&path).map_err(|source| InstanceError::Folder { path: path.clone(), source })?;
        let is_closing = Arc::new(AtomicBool::new(false));
        let flag = is_closing.clone();
        let serve = move || {
            for stream in socket.incoming() {
                if flag.load(Ordering::Acquire) {
                    break;
                }
                if let Err(error) = stream.and_then(|stream| serve(stream, &mut answer)) {
                    tracing::warn!(%error, "a request to the running instance was lost");
                }
            }
        };
        let thread = std::thread::Builder::new().name("instance".into()).spawn(serve);
        let thread =
            thread.map_err(|source| InstanceError::Folder { path: path.clone(), source })?;
        Ok(Listener { path, is_closing, thread: Some(thread), _instance: self })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Release);
        // Accepting blocks; a connection wakes it. The lock is released after this, so the socket here is ours.
        let is_awake = UnixStream::connect(&self.path).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| is_awake) {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.path);
    }
}

/// Asks the running instance of `folder`, and waits for one that is just starting. Finding out that none runs takes the
/// claim for a moment, so an app that starts in that moment has to try again.
pub(crate) fn ask(folder: &Path, command: DesktopCommand) -> Result<Reply, InstanceError> {
    let path = socket_path(folder);
    let start = Instant::now();
    loop {
        match exchange(&path, command) {
            Ok(reply) => return Ok(reply),
            Err(_) if Instance::claim(folder)?.is_some() => return Err(InstanceError::NotRunning),
            Err(source) if start.elapsed() > PATIENCE => {
                return Err(InstanceError::Silent { path, source });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn socket_path(folder: &Path) -> PathBuf {
    folder.join("socket")
}

/// Binds `path`, replacing the socket that a killed instance may have left.
fn bind(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(socket)
}

fn serve(stream: UnixStream, answer: &mut impl FnMut(DesktopCommand) -> Reply) -> io::Result<()> {
    let reply = match read_line(&stream)? {
        None => return Ok(()),
        Some(line) => match serde_json::from_str(&line) {
            Ok(command) => answer(command),
            Err(_) => {
                Reply::Refused("the running pounce does not know that request; restart it".into())
            }
        },
    };
    write_line(&stream, &reply)
}

fn exchange(path: &Path, command: DesktopCommand) -> io::Result<Reply> {
    let stream = UnixStream::connect(path)?;
    write_line(&stream, &command)?;
    let line = read_line(&stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(serde_json::from_str(&line)?)
}

/// The next line; `None` if the other side closed the connection without one.
fn read_line(stream: &UnixStream) -> io::Result<Option<String>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_LINE_BYTES)).read_line(&mut line)?;
    Ok((!line.is_empty()).then_some(line))
}

fn write_line(mut stream: &UnixStream, value: &impl Serialize) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use pounce_cli::{Verb, Window};
    use pounce_engine::Mode;
    use tempfile::TempDir;

    use super::*;

    fn listening(folder: &Path) -> (Listener, mpsc::Receiver<DesktopCommand>) {
        let (sender, requests) = mpsc::channel();
        let instance =
            Instance::claim(folder).unwrap().expect("no other process claims a temporary folder");
        let listener = instance.listen(move |command| {
            sender.send(command).unwrap();
            match command {
                DesktopCommand::Stats => Reply::Text("several\nlines".into()),
                _ => Reply::Done,
            }
        });
        (listener.unwrap(), requests)
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
            (DesktopCommand::Do(Verb::Undo), Reply::Done),
            (DesktopCommand::Do(Verb::CopyLast), Reply::Done),
            (DesktopCommand::Stats, Reply::Text("several\nlines".into())),
            (DesktopCommand::Refresh, Reply::Done),
            (DesktopCommand::Quit, Reply::Done),
        ];
        for (command, expected) in cases {
            assert_eq!(ask(folder.path(), command).unwrap(), expected, "the reply crosses whole");
            assert_eq!(requests.recv().unwrap(), command, "and so does the command");
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
        assert!(
            matches!(error, InstanceError::NotRunning),
            "a stale socket is no instance: {error}"
        );
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
            let line = read_line(&stream).unwrap().expect("an answer, not a hang");
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
}
