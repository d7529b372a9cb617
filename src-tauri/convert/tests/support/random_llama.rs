//! Models of the Llama and Qwen2 type with seeded random weights, as a folder in Hugging Face's layout
//! or as a GGUF file. What such a model writes is noise.

use std::path::Path;
use std::{fs, io};

use serde_json::{Value as Json, json};

use super::gguf::{self, Gguf, Value};
use super::{ggml, random_checkpoint, safetensors};

/// Sizes and switches of a model.
#[derive(Debug, Clone)]
pub struct Shape {
    /// `llama`, or `qwen2`, which has biases.
    pub family: &'static str,
    pub d_model: usize,
    pub head_size: usize,
    pub n_heads: usize,
    pub n_kv_heads: usize,
    pub d_ff: usize,
    pub n_layers: usize,
    pub vocab_size: usize,
    pub context_len: usize,
    pub tied_head: bool,
    /// The formats of the matrices, which are used in turn.
    pub formats: &'static [&'static str],
    /// `rope_scaling` of `config.json`.
    pub rope_scaling: &'static str,
}

impl Shape {
    /// Small enough for a test.
    pub const TINY: Self = Self {
        family: "llama",
        d_model: 64,
        head_size: 16,
        n_heads: 4,
        n_kv_heads: 2,
        d_ff: 96,
        n_layers: 3,
        vocab_size: 600,
        context_len: 512,
        tied_head: true,
        formats: &["F16"],
        rope_scaling: "null",
    };

    /// Wide enough for blocks of 256.
    pub const BLOCKS: Self = Self {
        family: "qwen2",
        d_model: 256,
        head_size: 32,
        n_heads: 8,
        n_kv_heads: 2,
        d_ff: 256,
        tied_head: false,
        formats: &["Q5_0", "Q8_0", "Q4_K", "Q6_K", "Q4_0", "Q5_K", "Q4_1", "Q5_1", "F16"],
        ..Self::TINY
    };
}

/// The formats of a file of the type Q4_K_M with 28 layers, in the order in which the matrices are
/// drawn: values and feed-forward outputs have more bits in the first and last eighth of the layers,
/// and in every third between.
const Q4_K_M: [&str; 1 + 28 * 7] = {
    let mut formats = ["Q4_K"; 1 + 28 * 7];
    formats[0] = "Q6_K";
    let mut layer = 0;
    while layer < 28 {
        if layer < 3 || layer >= 24 || (layer - 3) % 3 == 2 {
            (formats[1 + layer * 7 + 2], formats[1 + layer * 7 + 6]) = ("Q6_K", "Q6_K");
        }
        layer += 1;
    }
    formats
};

impl Shape {
    /// Qwen2.5-Coder-1.5B as Q4_K_M.
    pub const QWEN_1_5B: Self = Self {
        family: "qwen2",
        d_model: 1536,
        head_size: 128,
        n_heads: 12,
        n_kv_heads: 2,
        d_ff: 8960,
        n_layers: 28,
        vocab_size: 151_936,
        context_len: 32_768,
        tied_head: true,
        formats: &Q4_K_M,
        rope_scaling: "null",
    };
}

/// One tensor by its name in `transformers`.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub format: &'static str,
    pub bytes: Vec<u8>,
}

impl Tensor {
    pub fn values(&self) -> Vec<f32> {
        ggml::dequantize(self.format, &self.bytes)
    }
}

/// A model and its weights.
#[derive(Debug, Clone)]
pub struct Model {
    pub shape: Shape,
    pub tensors: Vec<Tensor>,
}

impl Model {
    /// The same shape and seed give the same weights.
    pub fn new(shape: Shape, seed: u64) -> Self {
        let mut drawing = Drawing {
            random: fastrand::Rng::with_seed(seed),
            formats: shape.formats.iter().cycle(),
            tensors: Vec::new(),
        };
        let Shape { d_model, head_size, n_heads, n_kv_heads, d_ff, vocab_size, .. } = shape;
        drawing.matrix("model.embed_tokens", [vocab_size, d_model], 1.0);
        for layer in 0..shape.n_layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            let (inner, kv) = (n_heads * head_size, n_kv_heads * head_size);
            for (part, n, k) in [
                ("self_attn.q_proj", inner, d_model),
                ("self_attn.k_proj", kv, d_model),
                ("self_attn.v_proj", kv, d_model),
                ("self_attn.o_proj", d_model, inner),
                ("mlp.gate_proj", d_ff, d_model),
                ("mlp.up_proj", d_ff, d_model),
                ("mlp.down_proj", d_model, d_ff),
            ] {
                drawing.matrix(&name(part), [n, k], (3.0 / k as f32).sqrt());
            }
            if shape.family == "qwen2" {
                for (part, n) in [("q_proj", inner), ("k_proj", kv), ("v_proj", kv)] {
                    drawing.vector(&name(&format!("self_attn.{part}.bias")), n, 0.0);
                }
            }
            drawing.vector(&name("input_layernorm.weight"), d_model, 1.0);
            drawing.vector(&name("post_attention_layernorm.weight"), d_model, 1.0);
        }
        drawing.vector("model.norm.weight", d_model, 1.0);
        if !shape.tied_head {
            drawing.matrix("lm_head", [vocab_size, d_model], (3.0 / d_model as f32).sqrt());
        }
        Self { tensors: drawing.tensors, shape }
    }

    /// `config.json` with the keys of Hugging Face.
    pub fn config(&self) -> Json {
        let shape = &self.shape;
        json!({
            "model_type": shape.family,
            "vocab_size": shape.vocab_size,
            "hidden_size": shape.d_model,
            "head_dim": shape.head_size,
            "intermediate_size": shape.d_ff,
            "num_hidden_layers": shape.n_layers,
            "num_attention_heads": shape.n_heads,
            "num_key_value_heads": shape.n_kv_heads,
            "hidden_act": "silu",
            "rms_norm_eps": 1e-5,
            "rope_theta": BASE,
            "rope_scaling": serde_json::from_str::<Json>(shape.rope_scaling).unwrap(),
            "max_position_embeddings": shape.context_len,
            "tie_word_embeddings": shape.tied_head,
            "bos_token_id": 1,
            "eos_token_id": 2,
        })
    }

    /// Writes `config.json`, `model.safetensors` and `tokenizer.json`.
    pub fn write_folder(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        fs::write(dir.join("config.json"), self.config().to_string())?;
        let tokenizer = random_checkpoint::tokenizer(self.shape.vocab_size);
        fs::write(dir.join("tokenizer.json"), tokenizer.to_string())?;
        write_safetensors(&dir.join("model.safetensors"), &self.tensors)
    }

    /// The same as llama.cpp's converter writes it: other names, and for `llama` the rows of
    /// queries and keys in another order.
    pub fn gguf(&self) -> Gguf {
        let shape = &self.shape;
        let key = |name: &str| format!("{}.{name}", shape.family);
        let mut gguf = Gguf::default();
        gguf.set("general.architecture", Value::Text(shape.family.to_owned()));
        for (name, size) in [
            ("block_count", shape.n_layers),
            ("context_length", shape.context_len),
            ("embedding_length", shape.d_model),
            ("feed_forward_length", shape.d_ff),
            ("attention.head_count", shape.n_heads),
            ("attention.head_count_kv", shape.n_kv_heads),
            ("attention.key_length", shape.head_size),
        ] {
            gguf.set(&key(name), Value::U32(size as u32));
        }
        gguf.set(&key("rope.freq_base"), Value::F32(BASE as f32));
        gguf.set(&key("attention.layer_norm_rms_epsilon"), Value::F32(1e-5));
        set_vocabulary(&mut gguf, shape.vocab_size);
        gguf.tensors = self.tensors.iter().map(|tensor| self.gguf_tensor(tensor)).collect();
        gguf
    }

    fn gguf_tensor(&self, tensor: &Tensor) -> gguf::Tensor {
        let is_rotated =
            ["q_proj.weight", "k_proj.weight"].iter().any(|it| tensor.name.ends_with(it));
        let bytes = if is_rotated && self.shape.family == "llama" {
            interleave(&tensor.bytes, tensor.shape[0], self.shape.head_size)
        } else {
            tensor.bytes.clone()
        };
        gguf::Tensor {
            name: gguf_name(&tensor.name),
            shape: tensor.shape.iter().map(|&extent| extent as u64).collect(),
            code: ggml::code(tensor.format),
            bytes,
        }
    }
}

/// The base of the rotation.
pub const BASE: f64 = 5000.0;

/// Writes tensors as one safetensors file.
pub fn write_safetensors(path: &Path, tensors: &[Tensor]) -> io::Result<()> {
    let entry = |tensor: &'_ Tensor| safetensors::Entry {
        name: tensor.name.clone(),
        dtype: tensor.format,
        shape: tensor.shape.clone(),
        size_bytes: tensor.bytes.len(),
    };
    let entries: Vec<_> = tensors.iter().map(entry).collect();
    safetensors::write(path, &entries, |index| tensors[index].bytes.clone())
}

struct Drawing {
    random: fastrand::Rng,
    formats: std::iter::Cycle<std::slice::Iter<'static, &'static str>>,
    tensors: Vec<Tensor>,
}

impl Drawing {
    fn matrix(&mut self, name: &str, shape: [usize; 2], reach: f32) {
        let format = self.formats.next().unwrap();
        let bytes = ggml::random(format, shape[0] * shape[1], reach, &mut self.random);
        let name = format!("{name}.weight");
        self.tensors.push(Tensor { name, shape: shape.to_vec(), format, bytes });
    }

    fn vector(&mut self, name: &str, length: usize, middle: f32) {
        let values = (0..length).map(|_| middle + self.random.f32() - 0.5);
        let bytes = values.flat_map(f32::to_le_bytes).collect();
        self.tensors.push(Tensor {
            name: name.to_owned(),
            shape: vec![length],
            format: "F32",
            bytes,
        });
    }
}

/// Channels `i` and `i + head_size / 2` of every head become neighbours.
fn interleave(bytes: &[u8], n_rows: usize, head_size: usize) -> Vec<u8> {
    let rows: Vec<&[u8]> = bytes.chunks(bytes.len() / n_rows).collect();
    let heads = rows.chunks(head_size);
    heads
        .flat_map(|head| {
            let (first, second) = head.split_at(head_size / 2);
            first.iter().zip(second).flat_map(|(first, second)| [*first, *second])
        })
        .flatten()
        .copied()
        .collect()
}

fn gguf_name(name: &str) -> String {
    let pairs = [
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
        ("model.layers.", "blk."),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.o_proj", "attn_output"),
        ("self_attn.", "attn_"),
        ("mlp.", "ffn_"),
        ("_proj", ""),
    ];
    pairs.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
}

/// The vocabulary of [`random_checkpoint::tokenizer`] as metadata.
fn set_vocabulary(gguf: &mut Gguf, vocab_size: usize) {
    let json = random_checkpoint::tokenizer(vocab_size);
    let mut tokens = vec![String::new(); vocab_size];
    for (token, id) in json["model"]["vocab"].as_object().unwrap() {
        tokens[id.as_u64().unwrap() as usize] = token.clone();
    }
    let mut kinds = vec![1; vocab_size];
    for token in json["added_tokens"].as_array().unwrap() {
        kinds[token["id"].as_u64().unwrap() as usize] = 3;
    }
    let merges = json["model"]["merges"].as_array().unwrap().iter();
    let part = |merge: &Json, index: usize| merge[index].as_str().unwrap().to_owned();
    let merges = merges.map(|merge| format!("{} {}", part(merge, 0), part(merge, 1))).collect();
    gguf.set("tokenizer.ggml.model", Value::Text("gpt2".to_owned()));
    gguf.set("tokenizer.ggml.pre", Value::Text("gpt-2".to_owned()));
    gguf.set("tokenizer.ggml.tokens", Value::Texts(tokens));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(kinds));
    gguf.set("tokenizer.ggml.merges", Value::Texts(merges));
    gguf.set("tokenizer.ggml.eos_token_id", Value::U32(2));
}
