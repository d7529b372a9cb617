//! [`Sessions`]: a model's graphs, opened on the device that was asked for, else on the processor.

use std::path::Path;

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use pounce_model_format::{Architecture, ModelManifest};

use super::cuda;
use super::encoder::{self, Encoder};
use super::environment::{SharedEnvironment, Threads};
use super::error::first_line;
use crate::backend::device::{Device, Placement};
use crate::backend::load_options::LoadOptions;
use crate::error::EngineError;

/// See the module's documentation.
pub(super) struct Sessions {
    /// `None` without an encoder.
    pub(super) encoder: Option<Encoder>,
    pub(super) decoder: Session,
}

impl Sessions {
    /// Opens the graphs in `dir`, but for that of a `native` encoder, and says where they run.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if one is damaged. A GPU that cannot be used is none.
    pub(super) fn place(
        environment: &SharedEnvironment,
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
        native: Option<Encoder>,
    ) -> Result<(Self, Placement), EngineError> {
        let plan = Plan::of(manifest, native.is_some());
        let open = |device| plan.open(environment, dir, &LoadOptions { device, ..*options });
        let (opened, placement) = Self::on_wanted_device(manifest, options.device, &open)?;
        let encoder = native.or(opened.encoder.map(Encoder::Graph));
        Ok((Self { encoder, decoder: opened.decoder }, placement))
    }

    /// Opens what is to be opened on `wanted`, else on the processor.
    fn on_wanted_device(
        manifest: &ModelManifest,
        wanted: Device,
        open: &dyn Fn(Device) -> Result<Opened, EngineError>,
    ) -> Result<(Opened, Placement), EngineError> {
        let placement = cuda::placement(manifest, wanted);
        match (placement.device, open(placement.device)) {
            // A damaged graph is met again.
            (Device::Cuda, Err(error)) => {
                Ok((open(Device::Cpu)?, Placement::refused(cuda::unusable(&error))))
            }
            (_, opened) => Ok((opened?, placement)),
        }
    }
}

/// What ONNX Runtime opened.
struct Opened {
    encoder: Option<Session>,
    decoder: Session,
}

/// What ONNX Runtime is to open, and whose threads that runs on.
struct Plan {
    has_encoder: bool,
    threads: Threads,
}

impl Plan {
    fn of(manifest: &ModelManifest, is_encoder_native: bool) -> Self {
        match manifest.architecture {
            Architecture::EncoderDecoder if is_encoder_native => {
                Self { has_encoder: false, threads: Threads::Own }
            }
            Architecture::EncoderDecoder => {
                Self { has_encoder: true, threads: Threads::Shared { n_graphs: 2 } }
            }
            Architecture::DecoderOnly => {
                Self { has_encoder: false, threads: Threads::Shared { n_graphs: 1 } }
            }
        }
    }

    fn open(
        &self,
        environment: &SharedEnvironment,
        dir: &Path,
        options: &LoadOptions,
    ) -> Result<Opened, EngineError> {
        let open = |name: &str| {
            let path = dir.join(name);
            open_session(environment, &path, options, self.threads)
                .map_err(|source| EngineError::Graph { path, reason: first_line(source.message()) })
        };
        // Packing the weights is one thread's work in either: 24 ms less together, of 138.
        std::thread::scope(|scope| {
            let decoder = scope.spawn(|| open("decoder.onnx"));
            let encoder = self.has_encoder.then(|| open(encoder::GRAPH)).transpose();
            let decoder = decoder.join().expect("opening a graph does not panic");
            Ok(Opened { encoder: encoder?, decoder: decoder? })
        })
    }
}

fn open_session(
    environment: &SharedEnvironment,
    path: &Path,
    options: &LoadOptions,
    threads: Threads,
) -> ort::Result<Session> {
    let builder = environment.session_builder(options, threads)?;
    let builder = match options.device {
        Device::Cpu => builder,
        Device::Cuda => cuda::register(builder)?,
    };
    builder.with_optimization_level(GraphOptimizationLevel::All)?.commit_from_file(path)
}
