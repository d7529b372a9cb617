//! The engine: prompt in, text out.
//!
//! One completion passes these files, in this order:
//!
//! 1. [`prompt`](Prompt): prefix, suffix, language, mode;
//! 2. `prompt_encoder`: text to ids by the model's template, with [healing](Model) and clipping;
//! 3. `prefill`: the prompt is read by the encoder, or into the decoder's cache;
//! 4. `generate`: one decoder run a token, or for several that a [`draft`](RecentCompletions) guessed, on the
//!    [`Graph`] that `native` computes or `runtime` keeps in ONNX Runtime;
//! 5. `run`, with `completion_text` and [`stop`](StopCriteria): ids to text, and where it ends;
//! 6. [`Generation`]: the text, why it ended, and the time of each stage.
//!
//! The engine has no policy: it knows no settings, no catalogue, no deadlines and no clocks but
//! those that fill [`StageTimings`] and, once, tell what wide runs cost. Whoever calls it decides
//! which model, how long, and what if it fails; a [`CancelToken`] and a step callback are all it
//! takes from there.
//!
//! ```no_run
//! use std::path::Path;
//! use pounce_engine::{CancelToken, GenerationConfig, LoadOptions, Model, Prompt, Runtime, Segments, to_the_end};
//!
//! let runtime = Runtime::find()?;
//! let mut model = Model::load(&runtime, Path::new("models/pounce-50m"), &LoadOptions::default())?;
//! let segments = Segments { prefix: "def add(a, b):\n    return ".to_owned(), suffix: String::new() };
//! let prompt = Prompt { segments, ..Prompt::default() };
//! let generation = model.generate(&prompt, &GenerationConfig::default(), &CancelToken::new(), &mut to_the_end)?;
//! println!("{}", generation.text);
//! # Ok::<(), pounce_engine::EngineError>(())
//! ```

mod backend;
mod cancel;
mod decoding;
mod error;
mod generation;
mod language;
mod model;
#[cfg(test)]
mod model_tests;
mod prompt;
/// Checkpoints that the converter's own tests have.
#[cfg(test)]
#[path = "../../convert/tests/support/mod.rs"]
mod support;
mod timings;

pub use backend::device::{Device, Placement};
pub use backend::graph::TokenId;
pub use backend::instruction_set::InstructionSet;
pub use backend::load_options::LoadOptions;
pub use backend::onnx_runtime::runtime::Runtime;
pub use backend::onnx_runtime::telemetry::turn_telemetry_off;
pub use cancel::CancelToken;
pub use decoding::config::GenerationConfig;
pub use decoding::recent_completions::RecentCompletions;
pub use decoding::stop::{FinishReason, StopCriteria};
pub use error::EngineError;
pub use generation::{Generation, OnStep, Step, to_the_end};
pub use language::{Language, UnknownLanguage};
pub use model::Model;
pub use prompt::Prompt;
pub use prompt::mode::Mode;
pub use prompt::segments::{DEFAULT_CURSOR_MARKER, Segments};
pub use timings::StageTimings;
