//! `pounce serve`: answers other programs over HTTP, without a desktop.

use anyhow::Context as _;
use clap::Args;
use pounce_server::{Server, ServerOptions};
use pounce_service::{CompletionService, Paths, ServiceOptions};
use tokio::signal::unix::{SignalKind, signal};

use crate::output::say;

/// The threads that carry requests; models compute on threads of their own.
const N_WORKERS: usize = 2;

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// The port at which programs ask; the setting decides if it is left out, 0 takes a free one
    #[arg(long)]
    port: Option<u16>,
}

/// Serves until the process is told to end.
///
/// # Errors
/// One line that names the port and the remedy.
pub(crate) fn run(options: &ServeOptions) -> anyhow::Result<()> {
    let paths = Paths::find()?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(N_WORKERS).enable_all().build();
    runtime.context("the tasks' threads cannot be started")?.block_on(serve(options, paths))
}

async fn serve(options: &ServeOptions, paths: Paths) -> anyhow::Result<()> {
    let service = CompletionService::start(ServiceOptions::new(paths));
    let settings = service.settings().server;
    let port = options.port.unwrap_or(settings.port);
    let token = settings.token;
    let started = Server::start(service.clone(), ServerOptions { port, token }).await;
    let end = match started {
        Ok(server) => {
            say!("http://{}", server.address());
            let end = asked_to_end().await;
            server.stop().await;
            end
        }
        Err(error) => Err(error.into()),
    };
    service.shut_down().await;
    end
}

async fn asked_to_end() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to signals")?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupt = tokio::signal::ctrl_c() => interrupt.context("cannot listen to signals"),
    }
}
