//! `pytorch_model.bin` as `torch.save` writes it: the same opcodes, in the same order.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::random_checkpoint::Tensor;

/// Writes tensors as an archive of half-precision storages.
pub fn write(path: &Path, tensors: &[Tensor], seed: u64) -> io::Result<()> {
    let storages = tensors.iter().map(|tensor| tensor.bytes(seed));
    write_archive(path, &state_dict(tensors), storages)
}

/// Writes an archive with this pickle.
pub fn write_archive(
    path: &Path,
    pickle: &[u8],
    storages: impl IntoIterator<Item = Vec<u8>>,
) -> io::Result<()> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(File::create(path)?);
    zip.start_file("archive/data.pkl", stored)?;
    zip.write_all(pickle)?;
    zip.start_file("archive/byteorder", stored)?;
    zip.write_all(b"little")?;
    for (key, bytes) in storages.into_iter().enumerate() {
        zip.start_file(format!("archive/data/{key}"), stored)?;
        zip.write_all(&bytes)?;
    }
    zip.finish()?;
    Ok(())
}

/// The pickle of an ordered dictionary of tensors, each with its own storage.
pub fn state_dict(tensors: &[Tensor]) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(".to_vec();
    for (key, tensor) in tensors.iter().enumerate() {
        text(&mut pickle, &tensor.name);
        rebuild(&mut pickle, &key.to_string(), tensor);
    }
    // The dictionary's state has the versions of the modules, which are not read.
    pickle.extend(b"u}X\x09\x00\x00\x00_metadatah\x01sb.");
    pickle
}

fn rebuild(pickle: &mut Vec<u8>, key: &str, tensor: &Tensor) {
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(pickle, "storage");
    pickle.extend(b"ctorch\nHalfStorage\n");
    text(pickle, key);
    text(pickle, "cpu");
    integer(pickle, tensor.shape.iter().product());
    pickle.extend(b"tQK\x00(");
    tensor.shape.iter().for_each(|&extent| integer(pickle, extent));
    pickle.extend(b"t(");
    for axis in 0..tensor.shape.len() {
        integer(pickle, tensor.shape[axis + 1..].iter().product());
    }
    pickle.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn integer(pickle: &mut Vec<u8>, value: usize) {
    pickle.push(b'J');
    pickle.extend((value as i32).to_le_bytes());
}
