//! The T5 family (T5, T5 v1.1, CodeT5, CodeT5+ up to 770M, the embedded model): from config and
//! checkpoint to the two graphs.

mod config;
mod decoder;
mod encoder;
mod layers;
mod position_bias;
mod prompt;
#[cfg(test)]
mod tests;

use std::path::Path;

use pounce_model_format::{Dimensions, FileDigest, PromptTemplate, Quantization, SpecialTokens};

use crate::ConvertOptions;
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::linear::RowMatrix;
use crate::onnx::ModelProto;
use crate::progress::{Progress, Step};
use crate::quantize::Bits;
use crate::tokenizer::Vocabulary;
use crate::weight_store::{RowScheme, Scheme, WeightStore};

pub(crate) use config::T5Config;

/// Where a stack keeps its relative position bias, after the name of its first block.
const RELATIVE_BIAS: &str = "layer.0.SelfAttention.relative_attention_bias.weight";
/// Every name that checkpoints give to the embedding. Formats that store a shared tensor once
/// keep any of them.
const EMBEDDINGS: [&str; 3] =
    ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
const HEAD: &str = "lm_head.weight";
/// Left over in old checkpoints; no version of the model has read it.
const UNUSED_BIAS: &str = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

/// The longest prompt of models that do not say what they were made for: that of T5 itself.
const DEFAULT_PROMPT_LEN: usize = 512;

/// The longest sequence, unless an option says otherwise. Position biases beyond the last bucket
/// are all the same, so that any length would be right.
const MAX_SEQ_LEN: usize = 1024;

/// Both graphs, and the file that their matrices went to.
pub(crate) struct Graphs {
    pub(crate) encoder: ModelProto,
    pub(crate) decoder: ModelProto,
    pub(crate) weights: FileDigest,
}

/// Builds both graphs and writes `dir/weights.bin`.
pub(crate) fn build(
    config: &T5Config,
    checkpoint: &Checkpoint,
    dir: &Path,
    options: &ConvertOptions,
    progress: &mut dyn Progress,
) -> Result<Graphs, ConvertError> {
    let schemes = Schemes::of(options.quantization);
    let mut store = WeightStore::create(checkpoint, dir, progress)?;
    let embedding_name = embedding_name(config, checkpoint)?;
    store.begin(Step::Embedding, |name| name == embedding_name);
    let shape = [config.vocab_size, config.d_model];
    let embedding = store.rows(embedding_name, shape, schemes.vocabulary)?;
    let head = head(config, &mut store, &embedding, schemes.vocabulary)?;
    store.begin(Step::Encoder, |name| step(name) == Step::Encoder);
    let max_seq_len = options.max_seq_len.unwrap_or(MAX_SEQ_LEN);
    let encoder = encoder::build(config, &mut store, &embedding, schemes.encoder, max_seq_len)?;
    store.begin(Step::Decoder, |name| step(name) == Step::Decoder);
    let vocabulary = decoder::Vocabulary { embedding: &embedding, head: &head };
    let decoder = decoder::build(config, &mut store, &vocabulary, schemes.decoder, max_seq_len)?;
    let weights = store.finish(|name| ignored(config).contains(&name))?;
    Ok(Graphs { encoder, decoder, weights })
}

/// The sizes that the engine needs.
pub(crate) fn dimensions(config: &T5Config, options: &ConvertOptions) -> Dimensions {
    let trained = config.n_positions.unwrap_or(DEFAULT_PROMPT_LEN);
    let max_seq_len = options.max_seq_len.unwrap_or(MAX_SEQ_LEN);
    Dimensions {
        vocab_size: config.vocab_size,
        d_model: config.d_model,
        n_heads: config.n_heads,
        n_kv_heads: config.n_heads,
        head_size: config.head_size,
        n_encoder_layers: config.n_encoder_layers,
        n_decoder_layers: config.n_decoder_layers,
        max_seq_len,
        max_prompt_len: options.max_prompt_len.unwrap_or(trained).min(max_seq_len),
    }
}

/// How prompts are written, and which ids start and end a completion.
pub(crate) fn prompt(
    config: &T5Config,
    vocabulary: &Vocabulary,
) -> (PromptTemplate, SpecialTokens) {
    let template = prompt::template(vocabulary, &config.end);
    let mut end = config.end.clone();
    end.extend(prompt::next_sentinel(&template, vocabulary));
    (template, SpecialTokens { decoder_start: Some(config.decoder_start), end })
}

/// How each part is stored. What was measured on 100 held-out cases of the embedded model, as
/// the divergence (KL) of the next token's distribution from the unquantized model's: encoder by
/// columns 0.0004, 8-bit layers of the decoder 0.0002, 8-bit head 0.0002, all three together
/// 0.0007; with 4-bit layers 0.013.
struct Schemes {
    vocabulary: RowScheme,
    encoder: Scheme,
    decoder: RowScheme,
}

impl Schemes {
    fn of(quantization: Quantization) -> Self {
        let blocks = |bits, max_block| RowScheme::Blocks { bits, max_block };
        // The head gains from the smallest blocks, and a near-tie between two tokens is decided
        // there: 94 % of the reference's greedy tokens come before the first difference, with 32
        // it was 63 %. The layers gain less, and a step takes 0.8 ms instead of 1.07 with large
        // blocks.
        let (vocabulary, decoder) = match quantization {
            Quantization::None => (RowScheme::Float, RowScheme::Float),
            Quantization::Int8 => (blocks(Bits::Eight, 16), blocks(Bits::Eight, 128)),
            Quantization::Int4 => (blocks(Bits::Eight, 16), blocks(Bits::Four, 32)),
        };
        let encoder = match quantization {
            Quantization::None => Scheme::Rows(RowScheme::Float),
            Quantization::Int8 | Quantization::Int4 => Scheme::Columns,
        };
        Self { vocabulary, encoder, decoder }
    }
}

fn embedding_name(
    config: &T5Config,
    checkpoint: &Checkpoint,
) -> Result<&'static str, ConvertError> {
    let tied = config.tied_head.then_some(HEAD);
    let mut names = EMBEDDINGS.into_iter().chain(tied);
    let found = names.find(|name| checkpoint.find(name).is_some());
    found.ok_or_else(|| ConvertError::MissingTensor { tensor: EMBEDDINGS[0].to_owned() })
}

/// The matrix of the head: the embedding's, if they are tied.
fn head(
    config: &T5Config,
    store: &mut WeightStore<'_>,
    embedding: &RowMatrix,
    scheme: RowScheme,
) -> Result<RowMatrix, ConvertError> {
    if config.tied_head {
        return Ok(embedding.clone());
    }
    store.begin(Step::Embedding, |name| name == HEAD);
    store.rows(HEAD, [config.vocab_size, config.d_model], scheme)
}

/// The step that reads a tensor. The encoder's graph holds the projections of the prompt that
/// the decoder's cross-attention looks at.
fn step(tensor: &str) -> Step {
    let cross_projection = ["EncDecAttention.k.", "EncDecAttention.v."];
    if EMBEDDINGS.contains(&tensor) || tensor == HEAD {
        Step::Embedding
    } else if tensor.starts_with("encoder.")
        || cross_projection.iter().any(|it| tensor.contains(it))
    {
        Step::Encoder
    } else {
        Step::Decoder
    }
}

/// Tensors that may be there besides those that are read.
fn ignored(config: &T5Config) -> Vec<&'static str> {
    let tied = config.tied_head.then_some(HEAD);
    EMBEDDINGS.into_iter().chain([UNUSED_BIAS]).chain(tied).collect()
}
