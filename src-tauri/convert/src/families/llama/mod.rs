//! Decoder-only models of the Llama and Qwen2 type (SmolLM2, Qwen2.5-Coder, TinyLlama,
//! DeepSeek-Coder): one graph. Qwen2 has the same layers with biases.

mod config;
mod decoder;
mod gguf_config;
mod json_config;
mod prompt;
mod rotation;
mod schemes;
mod tensor_names;
#[cfg(test)]
mod tests;

use std::path::Path;

use pounce_model_format::{Architecture, DECODER_FILE, Dimensions, PromptTemplate, SpecialTokens};

use super::description::ModelDescription;
use super::family::{Family, Graphs};
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::onnx::graph_builder::GraphBuilder;
use crate::options::ConvertOptions;
use crate::progress::{Progress, Step};
use crate::tokenizer::vocabulary::Vocabulary;
use crate::weights::store::WeightStore;

use config::LlamaConfig;
use decoder::Decoder;
use schemes::Schemes;
use tensor_names::{FREQUENCIES, TensorNames};

/// The longest sequence, in tokens. Completions never fill the tables and caches of longer ones.
const MAX_SEQ_LEN: usize = 4096;
/// The completion gets at least `1 / COMPLETION_SHARE` of the longest sequence.
const COMPLETION_SHARE: usize = 8;

/// A model of the Llama or Qwen2 type.
#[derive(Debug)]
struct Llama {
    config: LlamaConfig,
    names: &'static TensorNames,
}

/// Opens the model of a `config.json` or of a GGUF file.
pub(super) fn open(
    model_type: &str,
    description: &ModelDescription<'_>,
) -> Result<Box<dyn Family>, ConvertError> {
    let (config, names) = match description {
        ModelDescription::Json { text, path } => {
            (json_config::parse(text, path)?, &TensorNames::HUGGING_FACE)
        }
        ModelDescription::Gguf { metadata, checkpoint } => {
            (gguf_config::read(metadata, checkpoint, model_type)?, &TensorNames::GGUF)
        }
    };
    Ok(Box::new(Llama { config, names }))
}

impl Family for Llama {
    fn architecture(&self) -> Architecture {
        Architecture::DecoderOnly
    }

    fn dimensions(&self, options: &ConvertOptions) -> Dimensions {
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

    fn prompt(&self, vocabulary: &Vocabulary) -> (PromptTemplate, SpecialTokens) {
        let LlamaConfig { text_start, ref end, .. } = self.config;
        let text_start = text_start.or_else(|| vocabulary.text_start());
        (prompt::template(vocabulary), prompt::special_tokens(vocabulary, text_start, end))
    }

    fn build(
        &self,
        checkpoint: &Checkpoint,
        dir: &Path,
        options: &ConvertOptions,
        progress: &mut dyn Progress,
    ) -> Result<Graphs, ConvertError> {
        let Self { config, names } = self;
        let schemes = Schemes::new(options.quantization);
        let mut store = WeightStore::create(checkpoint, dir, progress)?;
        store.begin(Step::Embedding, |name| self.is_vocabulary(name));
        let shape = [config.vocab_size, config.d_model];
        let embedding = store.rows(names.embedding, shape, schemes.vocabulary)?;
        let head = if config.tied_head {
            embedding.clone()
        } else {
            store.rows(names.head, shape, schemes.vocabulary)?
        };
        store.begin(Step::Decoder, |name| !self.is_vocabulary(name) && !self.is_ignored(name));
        let decoder = Decoder {
            config,
            names,
            graph: GraphBuilder::new("decoder"),
            store: &mut store,
            scheme: schemes.layers,
            max_seq_len: self.max_seq_len(options),
        };
        let graphs = vec![(DECODER_FILE, decoder.build(&embedding, &head)?)];
        Ok(Graphs { graphs, weights: store.finish(|name| self.is_ignored(name))? })
    }
}

impl Llama {
    fn max_seq_len(&self, options: &ConvertOptions) -> usize {
        options.max_seq_len.unwrap_or(MAX_SEQ_LEN).min(self.config.context_len)
    }

    /// Whether a tensor is the embedding or the head.
    fn is_vocabulary(&self, tensor: &str) -> bool {
        tensor == self.names.embedding || !self.config.tied_head && tensor == self.names.head
    }

    /// Whether a tensor may be in the checkpoint without being read.
    fn is_ignored(&self, tensor: &str) -> bool {
        tensor.ends_with(FREQUENCIES) || self.config.tied_head && tensor == self.names.head
    }
}
