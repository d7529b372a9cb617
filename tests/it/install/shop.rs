//! A service into which tests install the smallest of models.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::{
    CompletionService, Event, Host, Install, InstallError, InstallOutcome, InstallRequest,
    Installed, ModelId, Paths, ServiceOptions,
};
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

use crate::checkpoints::random_checkpoint::{self, Shape};

/// A service over fake engines, with folders of its own.
pub(super) struct Shop {
    pub(super) service: CompletionService,
    pub(super) loader: FakeLoader,
    pub(super) paths: Paths,
    pub(super) events: Receiver<Event>,
    dir: TempDir,
}

/// The ids that the fake engine can load.
const LOADABLE: [&str; 4] = ["tiny", "codet5p-220m", "other", "mine"];

/// Starts a service without any model.
pub(super) fn open(change: impl FnOnce(&mut ServiceOptions)) -> Shop {
    let dir = tempfile::tempdir().unwrap();
    let instant = FakeModel {
        load: Duration::ZERO,
        encode: Duration::ZERO,
        step: Duration::ZERO,
        ..FakeModel::default()
    };
    let loader = FakeLoader::new(LOADABLE.map(|id| (id, instant.clone())));
    let paths = Paths::under(dir.path());
    let mut options = ServiceOptions {
        loader: Arc::new(loader.clone()),
        probe: loader.machine(1 << 34),
        host: Host::Tasks,
        ..ServiceOptions::new(paths.clone())
    };
    change(&mut options);
    let service = CompletionService::start(options);
    let events = service.subscribe();
    Shop { service, loader, paths, events, dir }
}

impl Shop {
    /// The path of a folder outside the service's own.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A checkpoint of the smallest T5.
    pub(super) fn checkpoint(&self, name: &str) -> PathBuf {
        let dir = self.folder(name);
        random_checkpoint::write(&dir, &Shape::TINY, 7).unwrap();
        dir
    }

    pub(super) async fn start(&self, source: &str) -> Result<Install, InstallError> {
        self.service.install(InstallRequest::new(source.parse()?)).await
    }

    pub(super) async fn install(&self, source: &str) -> Result<Installed, InstallError> {
        self.start(source).await?.end().await
    }

    pub(super) async fn install_folder(&self, dir: &Path) -> Result<Installed, InstallError> {
        self.install(dir.to_str().unwrap()).await
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.service.status().models.into_iter().map(|model| model.id.to_string()).collect()
    }

    pub(super) fn model_dir(&self, id: &str) -> PathBuf {
        self.paths.models[0].join(id)
    }

    /// The names in the models folder except those of lock files: installed models, and anything
    /// that was left half done.
    pub(super) fn left_in_models(&self) -> Vec<String> {
        let names = |dir: &Path| {
            let entries = fs::read_dir(dir).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let mut left = names(&self.paths.models[0]);
        left.retain(|name| name != ".installing");
        let staged = names(&self.paths.models[0].join(".installing"));
        left.extend(staged.into_iter().filter(|name| !name.ends_with(".lock")));
        left.sort();
        left
    }

    /// The steps of the installations so far, without repetitions, and how they ended.
    pub(super) fn take_story(&mut self) -> Vec<String> {
        let mut story: Vec<String> = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::InstallProgress(progress) => story.push(progress.step.name().to_owned()),
                Event::InstallEnded { id, outcome } => story.push(match outcome {
                    InstallOutcome::Installed(_) => format!("{id} installed"),
                    InstallOutcome::Cancelled => format!("{id} cancelled"),
                    InstallOutcome::Failed { message } => format!("{id} failed: {message}"),
                }),
                _ => {}
            }
        }
        story.dedup();
        story
    }
}

pub(super) fn id(name: &str) -> ModelId {
    name.into()
}
