//! The T5 family (T5, T5 v1.1, CodeT5, CodeT5+ up to 770M, the embedded model): two graphs, an encoder
//! and a decoder.

mod config;
mod decoder;
mod encoder;
mod layers;
mod position_bias;
mod prompt;
mod schemes;
mod tensor_names;
#[cfg(test)]
mod tests;

use std::path::Path;

use pounce_model_format::{
    Architecture, DECODER_FILE, Dimensions, ENCODER_FILE, PromptTemplate, SpecialTokens,
};

use super::description::ModelDescription;
use super::family::{Family, Graphs};
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::options::ConvertOptions;
use crate::progress::{Progress, Step};
use crate::tokenizer::vocabulary::Vocabulary;
use crate::weights::store::WeightStore;

use config::T5Config;
use schemes::Schemes;
use tensor_names::{HEAD, is_ignored, step};

/// The longest prompt of models whose config gives none, in tokens. It is that of T5 itself.
const DEFAULT_PROMPT_LEN: usize = 512;

/// The longest sequence unless an option sets it, in tokens. Any length would do, because all positions
/// beyond the last bucket have the same bias.
const MAX_SEQ_LEN: usize = 1024;

/// A model of the T5 family.
#[derive(Debug)]
struct T5 {
    config: T5Config,
}

/// Opens the model of a `config.json`. T5 models in GGUF files are refused.
pub(super) fn open(
    _model_type: &str,
    description: &ModelDescription<'_>,
) -> Result<Box<dyn Family>, ConvertError> {
    match description {
        ModelDescription::Json { text, path } => {
            Ok(Box::new(T5 { config: T5Config::parse(text, path)? }))
        }
        ModelDescription::Gguf { metadata, .. } => Err(ConvertError::Unsupported {
            path: metadata.path().to_owned(),
            problem: "it is a T5 model: use its folder of Hugging Face's layout".to_owned(),
        }),
    }
}

impl Family for T5 {
    fn architecture(&self) -> Architecture {
        Architecture::EncoderDecoder
    }

    fn dimensions(&self, options: &ConvertOptions) -> Dimensions {
        let config = &self.config;
        let trained = config.n_positions.unwrap_or(DEFAULT_PROMPT_LEN);
        let max_seq_len = max_seq_len(options);
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

    fn prompt(&self, vocabulary: &Vocabulary) -> (PromptTemplate, SpecialTokens) {
        let T5Config { decoder_start, ref end, .. } = self.config;
        let template = prompt::template(vocabulary, end);
        let end = end.iter().copied().chain(prompt::next_sentinel(&template, vocabulary));
        let tokens = SpecialTokens { decoder_start: Some(decoder_start), end: end.collect() };
        (template, tokens)
    }

    fn build(
        &self,
        checkpoint: &Checkpoint,
        dir: &Path,
        options: &ConvertOptions,
        progress: &mut dyn Progress,
    ) -> Result<Graphs, ConvertError> {
        let config = &self.config;
        let (schemes, max_seq_len) = (Schemes::new(options.quantization), max_seq_len(options));
        let mut store = WeightStore::create(checkpoint, dir, progress)?;
        let embedding = tensor_names::embedding(config, checkpoint)?;
        store.begin(Step::Embedding, |name| name == embedding);
        let shape = [config.vocab_size, config.d_model];
        let embedding = store.rows(embedding, shape, schemes.vocabulary)?;
        let head = if config.tied_head {
            embedding.clone()
        } else {
            store.begin(Step::Embedding, |name| name == HEAD);
            store.rows(HEAD, shape, schemes.vocabulary)?
        };
        store.begin(Step::Encoder, |name| step(name) == Step::Encoder);
        let encoder = encoder::build(config, &mut store, &embedding, schemes.encoder, max_seq_len)?;
        store.begin(Step::Decoder, |name| step(name) == Step::Decoder);
        let vocabulary = decoder::Vocabulary { embedding: &embedding, head: &head };
        let decoder =
            decoder::build(config, &mut store, &vocabulary, schemes.decoder, max_seq_len)?;
        let weights = store.finish(|name| is_ignored(name, config))?;
        Ok(Graphs { graphs: vec![(ENCODER_FILE, encoder), (DECODER_FILE, decoder)], weights })
    }
}

fn max_seq_len(options: &ConvertOptions) -> usize {
    options.max_seq_len.unwrap_or(MAX_SEQ_LEN)
}
