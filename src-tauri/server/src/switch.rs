//! [`ServerSwitch`]: starts and stops a server as the settings say.

use std::sync::Mutex;

use pounce_service::CompletionService;
use pounce_service::sync::lock;
use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;

use crate::server::{Server, ServerOptions, StartError};

/// Whether a server runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ServerStatus {
    /// None does, as the user wants.
    #[default]
    Off,
    /// One runs.
    On {
        /// Where, such as `http://127.0.0.1:7686`.
        url: String,
    },
    /// Another program has the port.
    PortInUse {
        /// The port.
        port: u16,
        /// The program's name; `None` if it is not known.
        program: Option<String>,
    },
    /// None could be started.
    Failed {
        /// Why.
        message: String,
    },
}

/// Starts and stops a server as the settings say.
#[derive(Debug, Default)]
pub struct ServerSwitch {
    /// Held while a server is started or stopped. `None` while none runs.
    running: AsyncMutex<Option<(ServerOptions, Server)>>,
    status: Mutex<ServerStatus>,
}

impl ServerSwitch {
    /// Makes the server follow the settings in force. A server that could not be started is tried
    /// again.
    pub async fn follow(&self, service: &CompletionService) {
        let mut running = self.running.lock().await;
        let settings = service.settings().server;
        let options = ServerOptions { port: settings.port, token: settings.token };
        let wanted = settings.enabled.then_some(options);
        if wanted.is_some() && wanted.as_ref() == running.as_ref().map(|(options, _)| options) {
            return;
        }
        if let Some((_, server)) = running.take() {
            server.stop().await;
        }
        let status = match wanted {
            None => ServerStatus::Off,
            Some(options) => match Server::start(service.clone(), options.clone()).await {
                Ok(server) => {
                    let url = format!("http://{}", server.address());
                    *running = Some((options, server));
                    ServerStatus::On { url }
                }
                Err(error) => ServerStatus::from(error),
            },
        };
        *lock(&self.status) = status;
    }

    /// Stops the server, if one runs.
    pub async fn stop(&self) {
        let server = self.running.lock().await.take();
        if let Some((_, server)) = server {
            server.stop().await;
        }
        *lock(&self.status) = ServerStatus::Off;
    }

    /// Whether a server runs.
    pub fn status(&self) -> ServerStatus {
        lock(&self.status).clone()
    }
}

impl From<StartError> for ServerStatus {
    fn from(error: StartError) -> Self {
        tracing::warn!(%error, "no server");
        match error {
            StartError::PortInUse { port, program } => Self::PortInUse { port, program },
            StartError::Listen { ref source, .. } => {
                Self::Failed { message: format!("{error}: {source}") }
            }
        }
    }
}
