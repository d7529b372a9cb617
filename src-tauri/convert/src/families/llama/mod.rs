//! Decoder-only models of the Llama and Qwen2 type (SmolLM2, Qwen2.5-Coder, TinyLlama, DeepSeek-
//! Coder): from config and checkpoint to the one graph.

mod config;
mod decoder;
mod gguf_config;
mod prompt;
mod rotation;
mod tensor_names;
#[cfg(test)]
mod tests;

use std::path::Path;

use pounce_model_format::{Dimensions, FileDigest, PromptTemplate, Quantization, SpecialTokens};

use crate::ConvertOptions;
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::gguf::Metadata;
use crate::graph::GraphBuilder;
use crate::llama::decoder::Decoder;
use crate::onnx::ModelProto;
use crate::progress::{Progress, Step};
use crate::quantize::Bits;
use crate::tokenizer::Vocabulary;
use crate::weight_store::{RowScheme, WeightStore};

use config::LlamaConfig;
pub(crate) use prompt::is_control;
use tensor_names::TensorNames;

/// Longer sequences would take tables and caches that a completion never fills.
const MAX_SEQ_LEN: usize = 4096;
/// One part in this many of a sequence is left for the completion.
const COMPLETION_SHARE: usize = 8;

/// One model: its config, and what its tensors are called.
#[derive(Debug)]
pub(crate) struct Llama {
    config: LlamaConfig,
    names: &'static TensorNames,
}

impl Llama {
    /// Of Hugging Face's `config.json`; `path` is for messages.
    pub(crate) fn from_json(text: &[u8], path: &Path) -> Result<Self, ConvertError> {
        let config = LlamaConfig::parse(text, path)?;
        Ok(Self { config, names: &TensorNames::HUGGING_FACE })
    }

    /// Of a GGUF file's metadata and tensors.
    pub(crate) fn from_gguf(
        metadata: &Metadata,
        checkpoint: &Checkpoint,
        architecture: &str,
    ) -> Result<Self, ConvertError> {
        let config = gguf_config::read(metadata, checkpoint, architecture)?;
        Ok(Self { config, names: &TensorNames::GGUF })
    }

    /// Rows of the embedding.
    pub(crate) fn vocab_size(&self) -> usize {
        self.config.vocab_size
    }

    /// Builds the graph and writes `dir/weights.bin`.
    pub(crate) fn build(
        &self,
        checkpoint: &Checkpoint,
        dir: &Path,
        options: &ConvertOptions,
        progress: &mut dyn Progress,
    ) -> Result<(ModelProto, FileDigest), ConvertError> {
        let Self { config, names } = self;
        let schemes = Schemes::of(options.quantization);
        let mut store = WeightStore::create(checkpoint, dir, progress)?;
        let is_vocabulary =
            |name: &str| name == names.embedding || !config.tied_head && name == names.head;
        store.begin(Step::Embedding, is_vocabulary);
        let shape = [config.vocab_size, config.d_model];
        let embedding = store.rows(names.embedding, shape, schemes.vocabulary)?;
        let head = if config.tied_head {
            embedding.clone()
        } else {
            store.rows(names.head, shape, schemes.vocabulary)?
        };
        let is_ignored = |name: &str| {
            name.ends_with(tensor_names::FREQUENCIES) || config.tied_head && name == names.head
        };
        store.begin(Step::Decoder, |name| !is_vocabulary(name) && !is_ignored(name));
        let decoder = Decoder {
            config,
            names,
            graph: GraphBuilder::new("decoder"),
            store: &mut store,
            scheme: schemes.layers,
            max_seq_len: self.max_seq_len(options),
        };
        let graph = decoder.build(&embedding, &head)?;
        Ok((graph, store.finish(is_ignored)?))
    }

    /// The sizes that the engine needs.
    pub(crate) fn dimensions(&self, options: &ConvertOptions) -> Dimensions {
        let (config, max_seq_len) = (&self.config, self.max_seq_len(options));
        let longest_prompt = max_seq_len - max_seq_len / COMPLETION_SHARE;
        Dimensions {
            vocab_size: config.vocab_size,
            d_model: config.d_model,
            n_heads: config.n_heads,
            n_kv_heads: config.n_kv_heads,
            head_size: config.head_size,
            n_encoder_layers: 0,
            n_decoder_layers: config.n_layers,
            max_seq_len,
            max_prompt_len: options.max_prompt_len.unwrap_or(longest_prompt).min(longest_prompt),
        }
    }

    /// How prompts are written, and which ids start and end a completion.
    pub(crate) fn prompt(&self, vocabulary: &Vocabulary) -> (PromptTemplate, SpecialTokens) {
        let LlamaConfig { text_start, ref end, .. } = self.config;
        let text_start = text_start.or_else(|| vocabulary.text_start());
        (prompt::template(vocabulary), prompt::special_tokens(vocabulary, text_start, end))
    }

    fn max_seq_len(&self, options: &ConvertOptions) -> usize {
        options.max_seq_len.unwrap_or(MAX_SEQ_LEN).min(self.config.context_len)
    }
}

/// How each part is stored. Blocks that a GGUF file has already are taken over, if they are no
/// wider than this.
struct Schemes {
    vocabulary: RowScheme,
    layers: RowScheme,
}

impl Schemes {
    fn of(quantization: Quantization) -> Self {
        // The activations of these models have outliers, which widen the steps of a whole block:
        // blocks of 32, as llama.cpp has them.
        let blocks = |bits| RowScheme::Blocks { bits, max_block: 32 };
        let (vocabulary, layers) = match quantization {
            Quantization::None => (RowScheme::Float, RowScheme::Float),
            Quantization::Int8 => (blocks(Bits::Eight), blocks(Bits::Eight)),
            Quantization::Int4 => (blocks(Bits::Eight), blocks(Bits::Four)),
        };
        Self { vocabulary, layers }
    }
}
