//! Checkpoints of the T5 family with seeded random weights, in any shape, for tests and for
//! measurements of time and memory. What such a model writes is noise.

use std::path::Path;
use std::{fs, io};

use half::f16;
use serde_json::json;

use super::safetensors;

/// Makes the embedding small. The layers would change a large one so little that every token would be
/// followed by itself.
const EMBEDDING_FAN_IN: usize = 400;

/// Sizes and switches of a checkpoint.
#[derive(Debug, Clone)]
pub struct Shape {
    pub d_model: usize,
    pub d_kv: usize,
    pub d_ff: usize,
    pub n_heads: usize,
    pub n_encoder_layers: usize,
    pub n_decoder_layers: usize,
    pub vocab_size: usize,
    pub n_buckets: usize,
    pub max_distance: usize,
    pub feed_forward_proj: &'static str,
    pub tied_head: bool,
}

impl Shape {
    /// The shape of `Salesforce/codet5p-220m`.
    pub const CODET5P_220M: Self = Self {
        d_model: 768,
        d_kv: 64,
        d_ff: 3072,
        n_heads: 12,
        n_encoder_layers: 12,
        n_decoder_layers: 12,
        vocab_size: 32_100,
        n_buckets: 32,
        max_distance: 128,
        feed_forward_proj: "relu",
        tied_head: true,
    };

    /// Small enough for a test.
    pub const TINY: Self = Self {
        d_model: 64,
        d_kv: 16,
        d_ff: 128,
        n_heads: 4,
        n_encoder_layers: 2,
        n_decoder_layers: 2,
        vocab_size: 600,
        n_buckets: 32,
        max_distance: 128,
        feed_forward_proj: "relu",
        tied_head: true,
    };

    /// The `config.json`, with the ids of CodeT5's special tokens.
    pub fn config(&self) -> serde_json::Value {
        json!({
            "architectures": ["T5ForConditionalGeneration"],
            "model_type": "t5",
            "vocab_size": self.vocab_size,
            "d_model": self.d_model,
            "d_kv": self.d_kv,
            "d_ff": self.d_ff,
            "num_heads": self.n_heads,
            "num_layers": self.n_encoder_layers,
            "num_decoder_layers": self.n_decoder_layers,
            "relative_attention_num_buckets": self.n_buckets,
            "relative_attention_max_distance": self.max_distance,
            "layer_norm_epsilon": 1e-6,
            "feed_forward_proj": self.feed_forward_proj,
            "tie_word_embeddings": self.tied_head,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 0,
            "n_positions": 512,
        })
    }

    /// All tensors of the checkpoint.
    pub fn tensors(&self) -> Vec<Tensor> {
        let embedding = [self.vocab_size, self.d_model];
        let mut tensors = vec![tensor("shared.weight", &embedding, EMBEDDING_FAN_IN)];
        if !self.tied_head {
            let shape = [self.vocab_size, self.d_model];
            tensors.push(tensor("lm_head.weight", &shape, self.d_model));
        }
        self.stack(&mut tensors, "encoder", self.n_encoder_layers, &["SelfAttention"]);
        let attentions = ["SelfAttention", "EncDecAttention"];
        self.stack(&mut tensors, "decoder", self.n_decoder_layers, &attentions);
        tensors
    }

    fn stack(&self, tensors: &mut Vec<Tensor>, stack: &str, n_layers: usize, attentions: &[&str]) {
        for block in 0..n_layers {
            for (layer, attention) in attentions.iter().enumerate() {
                let prefix = format!("{stack}.block.{block}.layer.{layer}");
                self.attention(tensors, &format!("{prefix}.{attention}"));
                tensors.push(norm(&prefix, self.d_model));
            }
            let prefix = format!("{stack}.block.{block}.layer.{}", attentions.len());
            self.feed_forward(tensors, &prefix);
            tensors.push(norm(&prefix, self.d_model));
        }
        let bias = "layer.0.SelfAttention.relative_attention_bias.weight";
        let name = format!("{stack}.block.0.{bias}");
        tensors.push(tensor(&name, &[self.n_buckets, self.n_heads], 1));
        tensors.push(tensor(&format!("{stack}.final_layer_norm.weight"), &[self.d_model], 0));
    }

    fn attention(&self, tensors: &mut Vec<Tensor>, prefix: &str) {
        let inner = self.n_heads * self.d_kv;
        let query_fan_in = self.d_model * self.d_kv;
        let matrices = [("q", query_fan_in), ("k", self.d_model), ("v", self.d_model)];
        for (part, fan_in) in matrices {
            tensors.push(tensor(
                &format!("{prefix}.{part}.weight"),
                &[inner, self.d_model],
                fan_in,
            ));
        }
        tensors.push(tensor(&format!("{prefix}.o.weight"), &[self.d_model, inner], inner));
    }

    fn feed_forward(&self, tensors: &mut Vec<Tensor>, prefix: &str) {
        let gated = self.feed_forward_proj.starts_with("gated-");
        let parts: &[&str] = if gated { &["wi_0", "wi_1"] } else { &["wi"] };
        for part in parts {
            let name = format!("{prefix}.DenseReluDense.{part}.weight");
            tensors.push(tensor(&name, &[self.d_ff, self.d_model], self.d_model));
        }
        let name = format!("{prefix}.DenseReluDense.wo.weight");
        tensors.push(tensor(&name, &[self.d_model, self.d_ff], self.d_ff));
    }
}

/// One tensor of a checkpoint, without its values.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    /// The standard deviation of the values is `1 / sqrt(fan_in)`. With 0, all values are 1, as in an
    /// untrained norm.
    pub fan_in: usize,
}

impl Tensor {
    /// 16-bit floats, little-endian. The same name and seed give the same values.
    pub fn bytes(&self, seed: u64) -> Vec<u8> {
        let name_seed = self
            .name
            .bytes()
            .fold(seed, |hash, byte| hash.wrapping_mul(0x0100_0000_01b3).wrapping_add(byte.into()));
        let mut random = fastrand::Rng::with_seed(name_seed);
        // A uniform distribution over -sqrt(3)..sqrt(3) has a standard deviation of 1.
        let reach = 3_f32.sqrt() / (self.fan_in as f32).sqrt();
        let mut draw = || match self.fan_in {
            0 => 1.0,
            _ => (random.f32() * 2.0 - 1.0) * reach,
        };
        let count: usize = self.shape.iter().product();
        (0..count).flat_map(|_| f16::from_f32(draw()).to_le_bytes()).collect()
    }

    pub fn size_bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * size_of::<f16>()
    }
}

fn tensor(name: &str, shape: &[usize], fan_in: usize) -> Tensor {
    Tensor { name: name.to_owned(), shape: shape.to_vec(), fan_in }
}

fn norm(prefix: &str, d_model: usize) -> Tensor {
    tensor(&format!("{prefix}.layer_norm.weight"), &[d_model], 0)
}

/// Writes `config.json`, `model.safetensors` and `tokenizer.json`.
pub fn write(dir: &Path, shape: &Shape, seed: u64) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("config.json"), shape.config().to_string())?;
    fs::write(dir.join("tokenizer.json"), tokenizer(shape.vocab_size).to_string())?;
    write_safetensors(&dir.join("model.safetensors"), &shape.tensors(), seed)
}

/// Writes tensors as one safetensors file.
pub fn write_safetensors(path: &Path, tensors: &[Tensor], seed: u64) -> io::Result<()> {
    let entries: Vec<_> = tensors
        .iter()
        .map(|tensor| safetensors::Entry {
            name: tensor.name.clone(),
            dtype: "F16",
            shape: tensor.shape.clone(),
            size_bytes: tensor.size_bytes(),
        })
        .collect();
    safetensors::write(path, &entries, |index| tensors[index].bytes(seed))
}

/// Returns the `tokenizer.json` of a byte-level BPE with CodeT5's special tokens: five at the start, a
/// hundred sentinels in descending order at the end, and pairs and triples of bytes between.
pub fn tokenizer(vocab_size: usize) -> serde_json::Value {
    const SPECIALS: [&str; 5] = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"];
    const N_SENTINELS: usize = 100;
    let mut tokens: Vec<String> = SPECIALS.map(str::to_owned).to_vec();
    let alphabet = byte_alphabet();
    tokens.extend(alphabet.iter().map(char::to_string));
    let n_merges = vocab_size - N_SENTINELS - tokens.len();
    let pairs = alphabet.iter().flat_map(|left| alphabet.iter().map(move |right| (left, right)));
    let triples = pairs.clone().flat_map(|(left, middle)| {
        alphabet.iter().map(move |right| [format!("{left}{middle}"), right.to_string()])
    });
    let pairs = pairs.map(|(left, right)| [left.to_string(), right.to_string()]);
    let merges: Vec<[String; 2]> = pairs.chain(triples).take(n_merges).collect();
    tokens.extend(merges.iter().map(|pair| pair.concat()));
    tokens.extend((0..N_SENTINELS).rev().map(|index| format!("<extra_id_{index}>")));
    let is_special = |id: usize| id < SPECIALS.len() || id >= vocab_size - N_SENTINELS;
    let added: Vec<_> = (0..vocab_size)
        .filter(|&id| is_special(id))
        .map(|id| {
            json!({
                "id": id, "content": tokens[id], "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            })
        })
        .collect();
    let vocab: serde_json::Map<_, _> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
    let byte_level = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": null, "pre_tokenizer": byte_level, "post_processor": null,
        "decoder": byte_level,
        "model": { "type": "BPE", "dropout": null, "unk_token": null,
            "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
            "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": merges },
    })
}

/// Returns GPT-2's printable characters for all 256 bytes, the most frequent ones of code first.
pub fn byte_alphabet() -> Vec<char> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let hidden = (0..=255_u8).filter(|byte| !printable(byte));
    let stand_ins = (0x100_u32..).filter_map(char::from_u32);
    let mut pairs: Vec<(u8, char)> = hidden.zip(stand_ins).collect();
    pairs.extend((0..=255_u8).filter(printable).map(|byte| (byte, char::from(byte))));
    let rank =
        |byte: u8| (byte != b' ', !byte.is_ascii_lowercase(), !byte.is_ascii_graphic(), byte);
    pairs.sort_by_key(|&(byte, _)| rank(byte));
    pairs.into_iter().map(|(_, character)| character).collect()
}
