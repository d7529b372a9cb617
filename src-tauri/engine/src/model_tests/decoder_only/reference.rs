//! [`Reference`]: a forward pass of Llama and Qwen2 models as they are defined, in 32-bit floats,
//! without a cache or fused operators.

use std::collections::BTreeMap;
use std::f32::consts::TAU;

use ndarray::{Array1, Array2, ArrayView1, Axis, s};
use serde_json::Value;

use crate::backend::graph::TokenId;
use crate::support::random_llama::{BASE, Model, Shape};

pub(super) struct Reference {
    shape: Shape,
    tensors: BTreeMap<String, Array2<f32>>,
}

impl Reference {
    pub(super) fn new(model: &Model) -> Self {
        let matrix = |shape: &[usize], values: Vec<f32>| {
            let columns = *shape.last().unwrap();
            Array2::from_shape_vec((values.len() / columns, columns), values).unwrap()
        };
        let tensors = model.tensors.iter();
        let tensors = tensors.map(|it| (it.name.clone(), matrix(&it.shape, it.values()))).collect();
        Self { shape: model.shape.clone(), tensors }
    }

    /// The logits after every token: `[n, vocab_size]`.
    pub(super) fn scores(&self, tokens: &[TokenId]) -> Vec<Vec<f32>> {
        let ids: Vec<usize> = tokens.iter().map(|id| *id as usize).collect();
        let embedding = self.tensor("model.embed_tokens.weight");
        let mut x = embedding.select(Axis(0), &ids);
        for layer in 0..self.shape.n_layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            let normed = self.norm(&x, &name("input_layernorm.weight"));
            x += &self.attention(layer, &normed);
            let normed = self.norm(&x, &name("post_attention_layernorm.weight"));
            let gate = self.linear(&name("mlp.gate_proj"), &normed);
            let gate = gate.mapv(|value| value / (1.0 + (-value).exp()));
            let hidden = gate * self.linear(&name("mlp.up_proj"), &normed);
            x += &self.linear(&name("mlp.down_proj"), &hidden);
        }
        let x = self.norm(&x, "model.norm.weight");
        let head = if self.shape.tied_head { "model.embed_tokens" } else { "lm_head" };
        self.linear(head, &x).rows().into_iter().map(|row| row.to_vec()).collect()
    }

    fn tensor(&self, name: &str) -> &Array2<f32> {
        &self.tensors[name]
    }

    /// `x` times the transpose of a layer's matrix, plus its bias.
    fn linear(&self, name: &str, x: &Array2<f32>) -> Array2<f32> {
        let y = x.dot(&self.tensor(&format!("{name}.weight")).t());
        match self.tensors.get(&format!("{name}.bias")) {
            Some(bias) => y + bias,
            None => y,
        }
    }

    fn norm(&self, x: &Array2<f32>, name: &str) -> Array2<f32> {
        let mean_square = x.mapv(|value| value * value).mean_axis(Axis(1)).unwrap();
        let root = mean_square.mapv(|value| (value + 1e-5).sqrt()).insert_axis(Axis(1));
        x / &root * self.tensor(name)
    }

    fn attention(&self, layer: usize, x: &Array2<f32>) -> Array2<f32> {
        let Shape { head_size, n_heads, n_kv_heads, .. } = self.shape;
        let name = |part: &str| format!("model.layers.{layer}.self_attn.{part}_proj");
        let [q, k, v] = ["q", "k", "v"].map(|part| self.linear(&name(part), x));
        let head = |matrix: &Array2<f32>, index: usize| {
            matrix.slice(s![.., index * head_size..(index + 1) * head_size]).to_owned()
        };
        let mut attended = Array2::zeros((x.nrows(), n_heads * head_size));
        for index in 0..n_heads {
            let shared = index * n_kv_heads / n_heads;
            let (query, key) = (self.rotate(&head(&q, index)), self.rotate(&head(&k, shared)));
            let weights = causal_softmax(query.dot(&key.t()) / (head_size as f32).sqrt());
            let columns = s![.., index * head_size..(index + 1) * head_size];
            attended.slice_mut(columns).assign(&weights.dot(&head(&v, shared)));
        }
        self.linear(&name("o"), &attended)
    }

    /// Rotates channels `i` and `i + head_size / 2` of every row by the angle of its position
    /// (RoPE).
    fn rotate(&self, head: &Array2<f32>) -> Array2<f32> {
        let half = self.shape.head_size / 2;
        Array2::from_shape_fn(head.dim(), |(position, channel)| {
            let angle = position as f32 * self.frequency(channel % half);
            let (sin, cos) = angle.sin_cos();
            let (first, second) =
                (head[[position, channel % half]], head[[position, channel % half + half]]);
            if channel < half { first * cos - second * sin } else { second * cos + first * sin }
        })
    }

    fn frequency(&self, pair: usize) -> f32 {
        let frequency = (BASE as f32).powf(-2.0 * pair as f32 / self.shape.head_size as f32);
        let scaling: Value = serde_json::from_str(self.shape.rope_scaling).unwrap();
        let number = |key: &str| scaling[key].as_f64().unwrap() as f32;
        if scaling["type"] == "linear" {
            return frequency / number("factor");
        }
        if scaling["rope_type"] != "llama3" {
            return frequency;
        }
        let original = number("original_max_position_embeddings");
        let (low, high) = (number("low_freq_factor"), number("high_freq_factor"));
        let wave_length = TAU / frequency;
        if wave_length < original / high {
            frequency
        } else if wave_length > original / low {
            frequency / number("factor")
        } else {
            let smooth = (original / wave_length - low) / (high - low);
            (1.0 - smooth) * frequency / number("factor") + smooth * frequency
        }
    }
}

/// The softmax of each row over the columns up to the diagonal.
fn causal_softmax(scores: Array2<f32>) -> Array2<f32> {
    let n = scores.nrows();
    let mut weights = Array2::zeros((n, n));
    for (position, row) in scores.rows().into_iter().enumerate() {
        let seen: ArrayView1<f32> = row.slice_move(s![..=position]);
        let max = seen.fold(f32::NEG_INFINITY, |max, score| max.max(*score));
        let exponents: Array1<f32> = seen.mapv(|score| (score - max).exp());
        let sum = exponents.sum();
        weights.slice_mut(s![position, ..=position]).assign(&(exponents / sum));
    }
    weights
}
