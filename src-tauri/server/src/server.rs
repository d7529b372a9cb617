//! [`Server`]: listens and serves until it is dropped.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pounce_service::CompletionService;
use pounce_service::sync::spawn_blocking;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::connection;
use crate::http::limits::MAX_CONNECTIONS;
use crate::listeners::{address, listen};
use crate::port_owner::port_owner;
use crate::state::State;

/// After a connection that could not be taken, as when no file may be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// Where a server listens and what clients must know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// What clients send as `Authorization: Bearer`; `None`: nothing.
    pub token: Option<String>,
}

/// Why no server was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the port.
    #[error("port {port} is used by {}: choose another one", program.as_deref().unwrap_or("another program"))]
    PortInUse {
        /// The port.
        port: u16,
        /// The program's name; `None` if it is not known.
        program: Option<String>,
    },
    /// It is impossible to listen there.
    #[error("cannot listen at port {port}")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
}

/// A running server. Dropping it closes its port and its connections, and cancels their requests.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    /// One for each listener. Aborted when the server is dropped, and their connections with them.
    tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        service: CompletionService,
        options: ServerOptions,
    ) -> Result<Self, StartError> {
        let ServerOptions { port, token } = options;
        let listeners = match listen(port).await {
            Ok(listeners) => listeners,
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                let program = spawn_blocking(move || port_owner(port)).await;
                return Err(StartError::PortInUse { port, program });
            }
            Err(source) => return Err(StartError::Listen { port, source }),
        };
        let address = address(&listeners).map_err(|source| StartError::Listen { port, source })?;
        let completing = Default::default();
        let state = State { service, token, since: SystemTime::now(), completing };
        let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(listener, state.clone(), Arc::clone(&free)));
        }
        Ok(Self { address, tasks })
    }

    /// The address on 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops, and waits until the port is free.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Takes connections, as many as there are `free` places for; further ones are turned away.
async fn accept(listener: TcpListener, state: State, free: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Takes away what has ended.
            Some(_) = connections.join_next() => continue,
        };
        match (accepted, Arc::clone(&free).try_acquire_owned()) {
            (Err(error), _) => {
                tracing::warn!(%error, "a connection was not taken");
                sleep(PAUSE).await;
            }
            (Ok((stream, _)), Ok(place)) => {
                let state = state.clone();
                connections.spawn(async move {
                    connection::serve(stream, state).await;
                    drop(place);
                });
            }
            (Ok((stream, _)), Err(_)) => {
                connections.spawn(connection::turn_away(stream));
            }
        }
    }
}
