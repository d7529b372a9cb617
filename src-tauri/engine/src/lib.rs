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

mod cancel;
mod completion_text;
mod device;
mod draft;
#[cfg(test)]
mod draft_tests;
mod error;
#[cfg(test)]
mod fake_graph;
mod forced_prefix;
mod generate;
mod generation;
mod generation_config;
#[cfg(test)]
mod golden_tests;
mod graph;
mod healing;
mod instruction_set;
mod language;
mod language_detector;
#[cfg(test)]
mod llama_cpp_tests;
#[cfg(test)]
mod llama_tests;
mod load_options;
mod model;
#[cfg(target_arch = "x86_64")]
mod native;
mod prefill;
mod prompt;
mod prompt_encoder;
mod recent_completions;
mod repetition;
mod run;
mod runtime;
mod sampling;
mod stop;
/// Checkpoints that the converter's own tests have.
#[cfg(test)]
#[path = "../../convert/tests/support/mod.rs"]
mod support;
mod timings;
mod tokenizer;
mod width_cost;

pub use cancel::{CancelGuard, CancelToken};
pub use device::{Device, Placement};
pub use error::EngineError;
pub use generation::{Generation, OnStep, Step, to_the_end};
pub use generation_config::GenerationConfig;
pub use graph::{Graph, TokenId, Wanted};
pub use instruction_set::InstructionSet;
pub use language::{Language, UnknownLanguage};
pub use load_options::LoadOptions;
pub use model::Model;
pub use prompt::{DEFAULT_CURSOR_MARKER, Mode, Prompt, Segments};
pub use recent_completions::RecentCompletions;
pub use runtime::{CUDA_LIBRARY_VARIABLE, LIBRARY_VARIABLE, Runtime, turn_telemetry_off};
pub use sampling::Sampler;
pub use stop::{FinishReason, StopCriteria};
pub use timings::StageTimings;
pub use tokenizer::Tokenizer;
