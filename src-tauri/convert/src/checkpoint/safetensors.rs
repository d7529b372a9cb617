//! Reads the header of a safetensors file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use pounce_model_format::weight_format::WeightFormat;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::tensor::{TensorSource, open_weights};
use crate::error::ConvertError;

/// The name of a checkpoint in one file.
pub(super) const FILE_NAME: &str = "model.safetensors";
/// The name of the index that lists the shards of a checkpoint in several files.
pub(super) const INDEX_NAME: &str = "model.safetensors.index.json";

/// The size of the field in front of the header, which has its length.
const LENGTH_BYTES: u64 = 8;
/// The format's own limit for the header.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Returns the tensors of one file.
pub(super) fn open_file(path: &Path) -> Result<Vec<TensorSource>, ConvertError> {
    let file = open_weights(path)?;
    let (metadata, data_start) = read_header(&file, path)?;
    let (file, path): (Arc<File>, Arc<Path>) = (Arc::new(file), path.into());
    let source = |(name, info): (String, &TensorInfo)| {
        Ok(TensorSource {
            format: float_type(&name, info.dtype)?,
            shape: info.shape.clone(),
            offset: data_start + info.data_offsets.0 as u64,
            file: Arc::clone(&file),
            path: Arc::clone(&path),
            name,
        })
    };
    metadata.tensors().into_iter().map(source).collect()
}

/// Reads the header, and returns it with the offset of the data. The file must be exactly as long as
/// the header says.
fn read_header(mut file: &File, path: &Path) -> Result<(Metadata, u64), ConvertError> {
    let damaged = |problem: String| ConvertError::damaged(path, problem);
    let file_bytes = file.metadata().map_err(ConvertError::read(path))?.len();
    if file_bytes < LENGTH_BYTES {
        return Err(damaged(format!("it ends after {file_bytes} bytes")));
    }
    let mut length = [0; LENGTH_BYTES as usize];
    file.read_exact(&mut length).map_err(ConvertError::read(path))?;
    let header_bytes = u64::from_le_bytes(length);
    if header_bytes > MAX_HEADER_BYTES.min(file_bytes - LENGTH_BYTES) {
        return Err(damaged(format!("its header claims to be {header_bytes} bytes long")));
    }
    let mut header = vec![0; header_bytes as usize];
    file.read_exact(&mut header).map_err(ConvertError::read(path))?;
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|error| damaged(error.to_string()))?;
    let data_start = LENGTH_BYTES + header_bytes;
    let expected = data_start.saturating_add(metadata.data_len() as u64);
    if expected == file_bytes {
        Ok((metadata, data_start))
    } else {
        Err(damaged(format!("it is {file_bytes} bytes long, its header speaks of {expected}")))
    }
}

fn float_type(tensor: &str, dtype: Dtype) -> Result<WeightFormat, ConvertError> {
    match dtype {
        Dtype::F32 => Ok(WeightFormat::F32),
        Dtype::F16 => Ok(WeightFormat::F16),
        Dtype::BF16 => Ok(WeightFormat::Bf16),
        other => Err(ConvertError::ElementType {
            tensor: tensor.to_owned(),
            found: format!("{other:?}"),
        }),
    }
}
