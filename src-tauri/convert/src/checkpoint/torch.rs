//! Reads files that `torch.save` wrote: a zip archive with a pickle (`data.pkl`), which describes the
//! tensors, and one uncompressed file for each storage (`data/0`, `data/1`, …).

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use pounce_model_format::weight_format::WeightFormat;
use zip::{CompressionMethod, ZipArchive};

use super::pickle::error::PickleError;
use super::pickle::read_tensors;
use super::pickle::value::PickledTensor;
use super::tensor::{TensorSource, open_weights};
use crate::error::ConvertError;

/// The name of a checkpoint in one file.
pub(super) const FILE_NAME: &str = "pytorch_model.bin";
/// The name of the index that lists the shards of a checkpoint in several files.
pub(super) const INDEX_NAME: &str = "pytorch_model.bin.index.json";

/// The most bytes of a pickle, which takes about a hundred for each tensor.
const MAX_PICKLE_BYTES: u64 = 64 << 20;

/// Returns the tensors of one file.
pub(super) fn open_file(path: &Path) -> Result<Vec<TensorSource>, ConvertError> {
    let file = Arc::new(open_weights(path)?);
    let zip = ZipArchive::new(Arc::clone(&file)).map_err(|error| not_an_archive(path, &error))?;
    let mut archive = Archive { path: path.into(), file, root: root(&zip, path)?, zip };
    archive.check_byte_order()?;
    let pickle = archive.read("data.pkl", MAX_PICKLE_BYTES)?;
    let tensors = read_tensors(&pickle).map_err(|error| archive.refuse(error))?;
    tensors.into_iter().map(|(name, tensor)| archive.locate(name, &tensor)).collect()
}

struct Archive {
    path: Arc<Path>,
    file: Arc<File>,
    zip: ZipArchive<Arc<File>>,
    /// The folder of all entries, with a slash at its end.
    root: String,
}

impl Archive {
    fn check_byte_order(&mut self) -> Result<(), ConvertError> {
        let entry = format!("{}byteorder", self.root);
        // PyTorch before 2.1 does not write it; its files are little-endian.
        if self.zip.index_for_name(&entry).is_some() && self.read("byteorder", 16)? != b"little" {
            let problem = "it is big-endian; save it again on a little-endian machine".to_owned();
            return Err(ConvertError::Unsupported { path: self.path.to_path_buf(), problem });
        }
        Ok(())
    }

    fn read(&mut self, name: &str, max_bytes: u64) -> Result<Vec<u8>, ConvertError> {
        let damaged = |problem: String| ConvertError::damaged(&self.path, problem);
        let mut entry = self
            .zip
            .by_name(&format!("{}{name}", self.root))
            .map_err(|error| damaged(format!("{name}: {error}")))?;
        if entry.size() > max_bytes {
            return Err(damaged(format!("{name} claims to be {} bytes long", entry.size())));
        }
        let mut bytes = Vec::new();
        let mut limited = entry.by_ref().take(max_bytes);
        limited.read_to_end(&mut bytes).map_err(|error| damaged(format!("{name}: {error}")))?;
        Ok(bytes)
    }

    fn refuse(&self, error: PickleError) -> ConvertError {
        match error {
            PickleError::Forbidden(global) => {
                ConvertError::ForbiddenGlobal { path: self.path.to_path_buf(), global }
            }
            PickleError::Malformed(problem) => {
                ConvertError::damaged(&self.path, format!("data.pkl: {problem}"))
            }
        }
    }

    /// Finds the bytes of a tensor and checks that the file has them all.
    fn locate(
        &mut self,
        name: String,
        tensor: &PickledTensor,
    ) -> Result<TensorSource, ConvertError> {
        let format = float_type(&name, tensor.storage_type)?;
        let damaged = |problem: &str| {
            ConvertError::damaged(&self.path, format!("the tensor {name} {problem}"))
        };
        if !is_contiguous(tensor) {
            let problem = format!("{name} is a view; save the checkpoint with safe_serialization");
            return Err(ConvertError::Unsupported { path: self.path.to_path_buf(), problem });
        }
        let storage = format!("{}data/{}", self.root, tensor.storage_key);
        let entry = self.zip.by_name(&storage).map_err(|_| damaged("has no storage"))?;
        let start = entry.data_start().ok_or_else(|| damaged("has no storage"))?;
        if entry.compression() != CompressionMethod::Stored {
            return Err(damaged("is compressed, which torch.save never does"));
        }
        let size = format.block_bytes() as u64;
        let file_bytes = self.file.metadata().map_err(ConvertError::read(&self.path))?.len();
        // The size in the archive may be wrong.
        let room = entry.size().min(file_bytes.saturating_sub(start));
        if end_byte(tensor, size).is_none_or(|end| end > room) {
            return Err(damaged("reaches beyond its storage"));
        }
        Ok(TensorSource {
            shape: tensor.shape.iter().map(|&extent| extent as usize).collect(),
            format,
            offset: start + tensor.offset * size,
            file: Arc::clone(&self.file),
            path: Arc::clone(&self.path),
            name,
        })
    }
}

/// Returns the folder of `data.pkl`, whose name PyTorch takes from the file at the time of saving.
fn root(zip: &ZipArchive<Arc<File>>, path: &Path) -> Result<String, ConvertError> {
    let names = zip.file_names().filter_map(Result::ok);
    let mut roots = names.filter_map(|name| name.strip_suffix("data.pkl").map(str::to_owned));
    let missing = || ConvertError::damaged(path, "it has no data.pkl");
    roots.find(|root| root.matches('/').count() <= 1).ok_or_else(missing)
}

/// Returns why the file is not a zip archive. Before version 1.6, PyTorch wrote bare pickles, which
/// begin with the opcode for the protocol's version.
fn not_an_archive(path: &Path, error: &zip::result::ZipError) -> ConvertError {
    let mut first = [0];
    let legacy = open_weights(path).is_ok_and(|mut file| file.read_exact(&mut first).is_ok());
    if legacy && first[0] == 0x80 {
        let problem = "PyTorch before 1.6 wrote it; load and save it with a newer one".to_owned();
        return ConvertError::Unsupported { path: path.to_owned(), problem };
    }
    ConvertError::damaged(path, error)
}

fn float_type(tensor: &str, storage_type: &str) -> Result<WeightFormat, ConvertError> {
    match storage_type {
        "FloatStorage" => Ok(WeightFormat::F32),
        "HalfStorage" => Ok(WeightFormat::F16),
        "BFloat16Storage" => Ok(WeightFormat::Bf16),
        other => {
            Err(ConvertError::ElementType { tensor: tensor.to_owned(), found: other.to_owned() })
        }
    }
}

/// Returns the end of a tensor in its storage, in bytes; `None` if the number overflows.
fn end_byte(tensor: &PickledTensor, element_bytes: u64) -> Option<u64> {
    let elements = tensor.shape.iter().try_fold(1_u64, |all, &extent| all.checked_mul(extent))?;
    elements.checked_add(tensor.offset)?.checked_mul(element_bytes)
}

/// Whether the elements are stored row by row and without gaps.
fn is_contiguous(tensor: &PickledTensor) -> bool {
    let mut expected = 1_u64;
    tensor.shape.len() == tensor.strides.len()
        && tensor.shape.iter().zip(&tensor.strides).rev().all(|(&extent, &stride)| {
            let fits = extent == 1 || stride == expected;
            expected = expected.saturating_mul(extent);
            fits
        })
}
