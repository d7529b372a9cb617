//! [`Rotation`]: rotary position embedding, which rotates queries and keys by their positions.
//!
//! Su et al., "RoFormer: enhanced transformer with rotary position embedding", 2021. Pair `i` of a
//! head is rotated by `position * base^(-2i / head_size)`. The variants below change that frequency,
//! which extends the context of a trained model.

use std::f64::consts::TAU;

/// The frequencies of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotation {
    /// The base of the powers; 10,000 in the paper.
    pub(crate) base: f64,
    /// The change of the frequencies.
    pub(crate) scaling: Scaling,
    /// The channels of a pair.
    pub(crate) pairs: Pairs,
}

/// The two channels of a head that are rotated together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// Channel `i` and channel `i + head_size / 2`: Hugging Face's order, and that of GGUF's
    /// `qwen2`.
    Halves,
    /// Channels `2i` and `2i + 1`: the order of GGUF's `llama`, whose rows of queries and keys
    /// the converter of llama.cpp permutes.
    Neighbours,
}

/// A change of the frequencies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scaling {
    /// No change.
    Unscaled,
    /// All frequencies are divided by this.
    Linear(f64),
    /// Llama 3.1's: low frequencies are divided, high ones kept, and those between interpolated.
    Llama3(Llama3Scaling),
}

/// The parameters of Llama 3.1's scaling, by the names in `config.json`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Llama3Scaling {
    pub(crate) factor: f64,
    pub(crate) low_freq_factor: f64,
    pub(crate) high_freq_factor: f64,
    pub(crate) original_max_position_embeddings: f64,
}

/// Cosines and sines of all angles, `[max_seq_len, head_size / 2]` each.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) cos: Vec<f32>,
    pub(crate) sin: Vec<f32>,
}

impl Rotation {
    /// Returns the tables of all positions. `factors` has a divisor for each frequency.
    pub(crate) fn tables(
        &self,
        head_size: usize,
        max_seq_len: usize,
        factors: Option<&[f32]>,
    ) -> Tables {
        let frequencies: Vec<f64> = (0..head_size / 2)
            .map(|pair| self.frequency(pair, head_size))
            .enumerate()
            .map(|(pair, frequency)| frequency / factors.map_or(1.0, |it| f64::from(it[pair])))
            .collect();
        let angles = (0..max_seq_len)
            .flat_map(|position| frequencies.iter().map(move |it| position as f64 * it));
        let (sin, cos) = angles.map(|angle| (angle.sin() as f32, angle.cos() as f32)).unzip();
        Tables { cos, sin }
    }

    fn frequency(&self, pair: usize, head_size: usize) -> f64 {
        let frequency = self.base.powf(-2.0 * pair as f64 / head_size as f64);
        match self.scaling {
            Scaling::Unscaled => frequency,
            Scaling::Linear(factor) => frequency / factor,
            Scaling::Llama3(scaling) => scaling.apply(frequency),
        }
    }
}

impl Llama3Scaling {
    fn apply(&self, frequency: f64) -> f64 {
        let turns = self.original_max_position_embeddings * frequency / TAU;
        let kept = (turns - self.low_freq_factor) / (self.high_freq_factor - self.low_freq_factor);
        let kept = kept.clamp(0.0, 1.0);
        frequency * kept + frequency / self.factor * (1.0 - kept)
    }
}
