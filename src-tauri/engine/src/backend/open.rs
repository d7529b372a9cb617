//! Opens a model in the fastest backend that can run it.

use std::path::Path;

use pounce_model_format::ModelManifest;

use super::device::{Device, Placement};
use super::graph::Graph;
use super::load_options::LoadOptions;
use super::onnx_runtime::cuda;
use super::onnx_runtime::graph::OrtGraph;
use super::onnx_runtime::runtime::Runtime;
use crate::error::EngineError;

/// A graph, and where it runs.
type Placed = (Box<dyn Graph>, Placement);

/// Opens the graphs in `dir`: in the `pounce-cpu` kernels if they can run the model on the wanted
/// device, otherwise in ONNX Runtime.
///
/// # Errors
/// [`EngineError::Graph`] if a graph is damaged.
pub(crate) fn open(
    runtime: &Runtime,
    dir: &Path,
    manifest: &ModelManifest,
    options: &LoadOptions,
) -> Result<Placed, EngineError> {
    let placement = cuda::placement(manifest, options.device);
    if placement.device == Device::Cpu
        && let Some(placed) = open_in_kernels(dir, manifest, options, &placement)?
    {
        return Ok(placed);
    }
    let graph = OrtGraph::load(runtime, dir, manifest, options)?;
    let placement = graph.placement().clone();
    Ok((Box::new(graph), placement))
}

#[cfg(target_arch = "x86_64")]
fn open_in_kernels(
    dir: &Path,
    manifest: &ModelManifest,
    options: &LoadOptions,
    placement: &Placement,
) -> Result<Option<Placed>, EngineError> {
    let graph = super::cpu::CpuGraph::open(dir, manifest, options)?;
    Ok(graph.map(|graph| {
        let instruction_set = Some(graph.instruction_set());
        (Box::new(graph) as Box<dyn Graph>, Placement { instruction_set, ..placement.clone() })
    }))
}

/// There are no kernels for this processor.
#[cfg(not(target_arch = "x86_64"))]
fn open_in_kernels(
    _: &Path,
    _: &ModelManifest,
    _: &LoadOptions,
    _: &Placement,
) -> Result<Option<Placed>, EngineError> {
    Ok(None)
}
