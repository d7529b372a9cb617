//! One running instance for each user: the first start claims it, later ones send it their command and end.
//!
//! The claim is a lock on a file, which the system releases whenever the process ends, even by `kill -9`. So a socket
//! found by the holder of the lock is always stale and is replaced. Commands and replies are single lines of JSON on a
//! Unix socket that only the user may open. This needs no D-Bus. The caller decides what a command does.

mod connection;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pounce_cli::DesktopCommand;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::private_folder;
use connection::Connection;

/// How long a connection may take from end to end. Both sides are on this machine; a peer that needs longer hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many connections are served at a time.
const MAX_PEERS: usize = 16;

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
        private_folder::create(folder).map_err(|error| failed(folder, error))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| failed(&path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { folder: folder.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }

    /// Answers commands on threads of its own until the listener is dropped. Several may be answered at a time.
    pub(crate) fn listen(
        self,
        answer: impl Fn(DesktopCommand) -> Reply + Send + Sync + 'static,
    ) -> Result<Listener, InstanceError> {
        let path = socket_path(&self.folder);
        let socket =
            bind(&path).map_err(|source| InstanceError::Folder { path: path.clone(), source })?;
        let is_closing = Arc::new(AtomicBool::new(false));
        let flag = is_closing.clone();
        let answer = Arc::new(answer);
        let serve = move || accept(&socket, &flag, &answer);
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
    private_folder::create(folder)
        .map_err(|source| InstanceError::Folder { path: folder.to_owned(), source })?;
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

/// Serves connections side by side until `is_closing` is set.
fn accept<F>(socket: &UnixListener, is_closing: &AtomicBool, answer: &Arc<F>)
where
    F: Fn(DesktopCommand) -> Reply + Send + Sync + 'static,
{
    let mut peers: Vec<Peer> = Vec::new();
    for stream in socket.incoming() {
        if is_closing.load(Ordering::Acquire) {
            break;
        }
        peers.retain(|peer| !peer.thread.is_finished());
        // A process that is refused tries again until its patience ends.
        let free = peers.len() < MAX_PEERS;
        match stream.and_then(|stream| free.then(|| Peer::serve(stream, answer)).transpose()) {
            Ok(peer) => peers.extend(peer),
            Err(error) => tracing::warn!(%error, "a request to the running instance was lost"),
        }
    }
    peers.into_iter().for_each(Peer::end);
}

/// A process that is being answered, on a thread of its own.
struct Peer {
    stream: UnixStream,
    thread: JoinHandle<()>,
}

impl Peer {
    fn serve<F>(stream: UnixStream, answer: &Arc<F>) -> io::Result<Self>
    where
        F: Fn(DesktopCommand) -> Reply + Send + Sync + 'static,
    {
        let (served, answer) = (stream.try_clone()?, answer.clone());
        let work = move || {
            if let Err(error) = reply(&served, &*answer) {
                tracing::warn!(%error, "a request to the running instance was lost");
            }
            // The peer may wait for the end of the connection, of which `Peer` holds a copy.
            let _ = served.shutdown(Shutdown::Both);
        };
        let thread = std::thread::Builder::new().name("instance-peer".into()).spawn(work)?;
        Ok(Self { stream, thread })
    }

    /// Waits for no command any more, but until a reply that is under way was written.
    fn end(self) {
        let _ = self.stream.shutdown(Shutdown::Read);
        let _ = self.thread.join();
    }
}

fn reply(stream: &UnixStream, answer: &impl Fn(DesktopCommand) -> Reply) -> io::Result<()> {
    let mut connection = Connection::new(stream, PATIENCE);
    let reply = match connection.read_line()? {
        None => return Ok(()),
        Some(line) => match serde_json::from_str(&line) {
            Ok(command) => answer(command),
            Err(_) => {
                Reply::Refused("the running pounce does not know that request; restart it".into())
            }
        },
    };
    connection.write_line(&reply)
}

fn exchange(path: &Path, command: DesktopCommand) -> io::Result<Reply> {
    let stream = UnixStream::connect(path)?;
    let mut connection = Connection::new(&stream, PATIENCE);
    connection.write_line(&command)?;
    let line = connection.read_line()?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(serde_json::from_str(&line)?)
}

#[cfg(test)]
mod tests;
