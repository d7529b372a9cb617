//! [`Sessions`]: a model's graphs, opened on the wanted device or, failing that, on the processor.

use std::path::Path;

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use pounce_model_format::{Architecture, DECODER_FILE, ENCODER_FILE, ModelManifest};

use super::cuda;
use super::encoder::Encoder;
use super::environment::{SharedEnvironment, Threads};
use super::error::first_line;
use super::unpacked_graph::UnpackedGraph;
use crate::backend::device::{Device, Placement};
use crate::backend::load_options::LoadOptions;
use crate::error::EngineError;

/// A model's opened graphs.
pub(super) struct Sessions {
    /// `None` for a decoder-only model.
    pub(super) encoder: Option<Encoder>,
    pub(super) decoder: Session,
}

impl Sessions {
    /// Opens the graphs in `dir` and returns where they run. The encoder's is skipped if the
    /// kernels have opened it as `encoder`.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if a graph is damaged. A GPU that cannot be used is not an error.
    pub(super) fn open(
        environment: &SharedEnvironment,
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
        encoder: Option<Encoder>,
    ) -> Result<(Self, Placement), EngineError> {
        let plan = Plan::new(manifest, encoder.is_some());
        let open = |device| plan.open(environment, dir, &LoadOptions { device, ..*options });
        let (opened, placement) = Self::on_wanted_device(manifest, options.device, &open)?;
        let encoder = encoder.or(opened.encoder.map(Encoder::Onnx));
        Ok((Self { encoder, decoder: opened.decoder }, placement))
    }

    /// Calls `open` with the `wanted` device, and again with the processor if a GPU cannot be used.
    fn on_wanted_device(
        manifest: &ModelManifest,
        wanted: Device,
        open: &dyn Fn(Device) -> Result<Opened, EngineError>,
    ) -> Result<(Opened, Placement), EngineError> {
        let placement = cuda::placement(manifest, wanted);
        match (placement.device, open(placement.device)) {
            // If the graph is damaged, opening it on the processor fails too.
            (Device::Cuda, Err(error)) => {
                Ok((open(Device::Cpu)?, Placement::refused(cuda::fallback_reason(&error))))
            }
            (_, opened) => Ok((opened?, placement)),
        }
    }
}

/// The sessions of one model.
struct Opened {
    encoder: Option<Session>,
    decoder: Session,
}

/// Which graphs ONNX Runtime opens, and on which threads it runs them.
struct Plan {
    opens_encoder: bool,
    threads: Threads,
}

impl Plan {
    fn new(manifest: &ModelManifest, has_encoder: bool) -> Self {
        match manifest.architecture {
            Architecture::EncoderDecoder if has_encoder => {
                Self { opens_encoder: false, threads: Threads::Own }
            }
            Architecture::EncoderDecoder => {
                Self { opens_encoder: true, threads: Threads::Shared { n_graphs: 2 } }
            }
            Architecture::DecoderOnly => {
                Self { opens_encoder: false, threads: Threads::Shared { n_graphs: 1 } }
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
        };
        // Packing a graph's weights takes one thread: opening both at once saves 24 of 138 ms.
        std::thread::scope(|scope| {
            let decoder = scope.spawn(|| open(DECODER_FILE));
            let encoder = self.opens_encoder.then(|| open(ENCODER_FILE)).transpose();
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
) -> Result<Session, EngineError> {
    let error = |reason| EngineError::Graph { path: path.to_owned(), reason };
    let unpacked = UnpackedGraph::read(path).map_err(|source| error(source.to_string()))?;
    let builder = session_builder(environment, options, threads);
    let session = builder.and_then(|mut builder| match &unpacked {
        Some(graph) => graph.add_files(builder)?.commit_from_memory(&graph.model),
        None => builder.commit_from_file(path),
    });
    session.map_err(|source| error(first_line(source.message())))
}

fn session_builder(
    environment: &SharedEnvironment,
    options: &LoadOptions,
    threads: Threads,
) -> ort::Result<SessionBuilder> {
    let builder = environment.session_builder(options, threads)?;
    let builder = match options.device {
        Device::Cpu => builder,
        Device::Cuda => cuda::register(builder)?,
    };
    Ok(builder.with_optimization_level(GraphOptimizationLevel::All)?)
}
