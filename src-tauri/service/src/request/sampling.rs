//! [`Sampling`]: how a completion is drawn at random.

use pounce_engine::GenerationConfig;

/// How a completion is drawn at random.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token; up to 2.
    pub temperature: f32,
    /// Draws from the most likely tokens whose probabilities add up to this; 1 draws from all.
    pub top_p: f32,
    /// Equal seeds give equal completions; `None` draws a seed.
    pub seed: Option<u64>,
}

impl Sampling {
    /// `config` with this sampling.
    pub(crate) fn apply(self, config: GenerationConfig) -> GenerationConfig {
        let Self { temperature, top_p, seed } = self;
        GenerationConfig { temperature, top_p, seed: seed.unwrap_or(config.seed), ..config }
    }
}
