//! What is often taken for a checkpoint and is none: named as what it is, with the remedy.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::{ConvertError, beginning};

/// The first bytes of files that stand in the place of a model, and what to do about each.
const FILES: [(&[u8], &str); 3] = [
    (
        b"version https://git-lfs.github.com/spec/",
        "it is a pointer of Git LFS and not the file itself: run `git lfs pull` in its folder, or \
         download the file by itself",
    ),
    (b"<!doctype html", "it is a web page: use the address of the page's download button"),
    (b"<html", "it is a web page: use the address of the page's download button"),
];

/// Endings of weights of other frameworks.
const FOREIGN: [&str; 7] = ["msgpack", "h5", "ot", "onnx", "tflite", "mlmodel", "keras"];

/// Checks that the first bytes of a file are not those of something else.
///
/// # Errors
/// [`ConvertError::Unsupported`] with what it is.
pub(crate) fn check_file(path: &Path, first: &[u8]) -> Result<(), ConvertError> {
    let begins =
        |start: &[u8]| first.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    match FILES.iter().find(|(start, _)| begins(start)) {
        Some((_, problem)) => Err(unsupported(path, (*problem).to_owned())),
        None => Ok(()),
    }
}

/// Checks that the weights of a folder are not quantized in a way that only their own loader reads.
///
/// # Errors
/// [`ConvertError::Unsupported`] with the way.
pub(crate) fn check_config(path: &Path, config: &[u8]) -> Result<(), ConvertError> {
    #[derive(Deserialize)]
    struct Config {
        quantization_config: Option<QuantizationConfig>,
    }
    #[derive(Deserialize)]
    struct QuantizationConfig {
        quant_method: Option<String>,
    }
    let config = serde_json::from_slice::<Config>(config).ok();
    let Some(quantization) = config.and_then(|config| config.quantization_config) else {
        return Ok(());
    };
    let method =
        quantization.quant_method.map_or_else(|| "unknown".to_owned(), |it| beginning(&it));
    Err(unsupported(
        path,
        format!(
            "its weights are quantized by the method {method:?}: take the original checkpoint, or a \
             GGUF file of the model"
        ),
    ))
}

/// What a folder without a checkpoint is, if it is something known.
pub(crate) fn folder(dir: &Path) -> Option<ConvertError> {
    let names = names(dir);
    let ending = |ending: &str| {
        let ending = format!(".{ending}");
        names
            .iter()
            .find(|name| name.to_ascii_lowercase().ends_with(&ending))
            .map(|name| beginning(name))
    };
    let problem = if names.iter().any(|name| name == "adapter_config.json") {
        "it is a LoRA adapter and no model: merge it into its base model (`merge_and_unload` of peft), \
         and take the result"
            .to_owned()
    } else if let Some(file) = ending("gguf") {
        format!("it is a folder with {file:?}: give that file")
    } else {
        let file = FOREIGN.iter().find_map(|foreign| ending(foreign))?;
        format!(
            "its weights {file:?} are another framework's: take a checkpoint with model.safetensors"
        )
    };
    Some(unsupported(dir, problem))
}

/// The names of the folder's files, in alphabetical order.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn unsupported(path: &Path, problem: String) -> ConvertError {
    ConvertError::Unsupported { path: path.to_owned(), problem }
}
