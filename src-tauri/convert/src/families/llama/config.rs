//! [`LlamaConfig`]: sizes and switches of a model of the Llama or Qwen2 type, and their checks.

use std::path::Path;

use super::rotation::Rotation;
use crate::error::ConvertError;

/// Sizes and switches of one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LlamaConfig {
    /// Tokens of the vocabulary, which are rows of the embedding.
    pub(crate) vocab_size: usize,
    /// Width of the residual stream.
    pub(crate) d_model: usize,
    /// Width inside a feed-forward layer.
    pub(crate) d_ff: usize,
    /// Query heads.
    pub(crate) n_heads: usize,
    /// Key and value heads; a divisor of `n_heads`.
    pub(crate) n_kv_heads: usize,
    /// Width of a head; `n_heads * head_size` need not be `d_model`.
    pub(crate) head_size: usize,
    /// Decoder layers.
    pub(crate) n_layers: usize,
    /// The number that norms add to the mean square before taking its root.
    pub(crate) norm_epsilon: f32,
    /// The rotary position embedding.
    pub(crate) rotation: Rotation,
    /// Whether the head is the embedding.
    pub(crate) tied_head: bool,
    /// The longest sequence that the model was trained on, in tokens.
    pub(crate) context_len: usize,
    /// The id that starts every text; `None` if the model was trained without one.
    pub(crate) text_start: Option<u32>,
    /// Ids that end a text.
    pub(crate) end: Vec<u32>,
}

/// The largest head size, which is four times that of the widest known models. Tables of rotations are
/// computed for it before any weight is read.
const MAX_HEAD_SIZE: usize = 1024;

impl LlamaConfig {
    /// Checks all values; `path` is the file that gives them.
    ///
    /// # Errors
    /// [`ConvertError::Unsupported`] for a value that no model has.
    pub(super) fn check(self, path: &Path) -> Result<Self, ConvertError> {
        self.check_sizes(path)?;
        self.check_heads(path)?;
        self.check_numbers(path)?;
        self.check_ids(path)?;
        Ok(self)
    }

    fn check_sizes(&self, path: &Path) -> Result<(), ConvertError> {
        let sizes = [
            ("vocabulary", self.vocab_size),
            ("hidden size", self.d_model),
            ("feed-forward size", self.d_ff),
            ("number of heads", self.n_heads),
            ("number of key-value heads", self.n_kv_heads),
            ("head size", self.head_size),
            ("number of layers", self.n_layers),
            ("context length", self.context_len),
        ];
        // The product of two sizes must not overflow.
        let wrong = sizes.into_iter().find(|(_, size)| !(1..1 << 24).contains(size));
        let (name, size) = wrong.unwrap_or_default();
        require(path, wrong.is_none(), || format!("its {name} is {size}, which no model has"))
    }

    fn check_heads(&self, path: &Path) -> Result<(), ConvertError> {
        let Self { n_heads, n_kv_heads, head_size, .. } = *self;
        require(path, n_heads.is_multiple_of(n_kv_heads), || {
            format!("{n_heads} heads cannot share {n_kv_heads} key-value heads evenly")
        })?;
        // ONNX Runtime's GroupQueryAttention rotates heads in pieces of 16.
        require(path, head_size.is_multiple_of(16) && head_size <= MAX_HEAD_SIZE, || {
            format!(
                "its head size is {head_size}, a multiple of 16 up to {MAX_HEAD_SIZE} is needed"
            )
        })
    }

    fn check_numbers(&self, path: &Path) -> Result<(), ConvertError> {
        let (epsilon, base) = (self.norm_epsilon, self.rotation.base);
        let are_sound = epsilon >= 0.0 && epsilon.is_finite() && base > 0.0 && base.is_normal();
        require(path, are_sound, || {
            format!("its norm epsilon {epsilon} or rotation base {base} is none that a model has")
        })
    }

    fn check_ids(&self, path: &Path) -> Result<(), ConvertError> {
        let mut ids = self.end.iter().chain(&self.text_start);
        let wrong = ids.find(|id| **id as usize >= self.vocab_size);
        require(path, wrong.is_none(), || {
            let id = wrong.copied().unwrap_or_default();
            format!("a special token has the id {id}, beyond the vocabulary")
        })
    }
}

/// Fails with a problem of the file at `path` unless a condition holds.
pub(super) fn require(
    path: &Path,
    holds: bool,
    problem: impl FnOnce() -> String,
) -> Result<(), ConvertError> {
    if holds {
        return Ok(());
    }
    Err(ConvertError::Unsupported { path: path.to_owned(), problem: problem() })
}

/// Returns the error that positions are scaled in an unknown way.
pub(super) fn unknown_scaling(path: &Path, kind: &str) -> ConvertError {
    let problem = format!("its rope scaling is {kind:?}, only linear and llama3 are supported");
    ConvertError::Unsupported { path: path.to_owned(), problem }
}
