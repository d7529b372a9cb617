//! [`convert`]: a whole conversion, from the checkpoint to the model's folder.

use std::collections::BTreeMap;
use std::path::Path;

use pounce_model_format::{FORMAT, ModelManifest, TOKENIZER_FILE, WEIGHTS_FILE};

use crate::error::ConvertError;
use crate::families::family::Graphs;
use crate::options::ConvertOptions;
use crate::progress::Progress;
use crate::source::Source;
use crate::staging::Staging;
use crate::weights::file::digest;

/// Converts the checkpoint in the folder `source`, or the GGUF file `source`, into a model in the
/// folder `out`, which must be missing or empty. A conversion that fails or is cancelled leaves
/// nothing there.
///
/// ```no_run
/// use std::path::Path;
/// use pounce_convert::{ConvertOptions, convert};
///
/// let options = ConvertOptions { id: Some("mine".to_owned()), ..ConvertOptions::default() };
/// let manifest = convert(Path::new("checkpoint"), Path::new("models/mine"), &options, &mut ())?;
/// println!("{} layers", manifest.dimensions.n_decoder_layers);
/// # Ok::<(), pounce_convert::ConvertError>(())
/// ```
///
/// # Errors
/// Any [`ConvertError`].
pub fn convert(
    source: &Path,
    out: &Path,
    options: &ConvertOptions,
    progress: &mut dyn Progress,
) -> Result<ModelManifest, ConvertError> {
    let id = options.id.clone().unwrap_or_else(|| name_of(source));
    let Source { family, checkpoint, tokenizer, .. } = Source::open(source)?;
    let staging = Staging::create(out)?;
    let Graphs { graphs, weights } = family.build(&checkpoint, staging.dir(), options, progress)?;
    let mut files = BTreeMap::from([(WEIGHTS_FILE.to_owned(), weights)]);
    let graphs = graphs.into_iter().map(|(name, graph)| (name, graph.to_bytes()));
    let (prompt, special_tokens) = family.prompt(&tokenizer.vocabulary);
    for (name, bytes) in graphs.chain([(TOKENIZER_FILE, tokenizer.json)]) {
        staging.write(name, &bytes)?;
        files.insert(name.to_owned(), digest(&bytes));
    }
    let manifest = ModelManifest {
        format: FORMAT,
        id,
        architecture: family.architecture(),
        quantization: options.quantization,
        dimensions: family.dimensions(options),
        special_tokens,
        prompt,
        files,
    };
    manifest.save(staging.dir()).map_err(ConvertError::write(staging.dir()))?;
    staging.publish()?;
    Ok(manifest)
}

/// Returns the name of a folder, or that of a file without its extension.
fn name_of(source: &Path) -> String {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let name = if source.is_file() { absolute.file_stem() } else { absolute.file_name() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}
