//! The engine: prompt in, text out.
//!
//! A completion passes these modules, in this order:
//!
//! 1. `prompt` turns a [`Prompt`] into token ids;
//! 2. `decoding` reads them into the model's graph and generates tokens until the completion ends;
//! 3. `backend` computes the graph, in the kernels of `pounce-cpu` or in ONNX Runtime;
//! 4. [`Generation`] is the result: the text, why it ended, and the time of each stage.
//!
//! `language` detects the language of a snippet, for the prompt, and knows which brackets and quotes
//! are open in a piece of it.
//!
//! The engine decides nothing that depends on the user: it knows no settings, catalogue or
//! deadline, and reads clocks only to fill [`StageTimings`] and to measure the cost of draft
//! verification. The caller decides which model runs, for how long, and what happens if it fails.
//! It can stop a run by a [`CancelToken`] or from its [step callback](OnStep).
//!
//! ```no_run
//! use std::path::Path;
//! use pounce_engine::{CancelToken, GenerationConfig, LoadOptions, Model, Prompt, Runtime, Segments, never_stop};
//!
//! let runtime = Runtime::find()?;
//! let mut model = Model::load(&runtime, Path::new("models/pounce-50m"), &LoadOptions::default())?;
//! let segments = Segments { prefix: "def add(a, b):\n    return ".to_owned(), suffix: String::new() };
//! let prompt = Prompt { segments, ..Prompt::default() };
//! let generation = model.generate(&prompt, &GenerationConfig::default(), &CancelToken::new(), &mut never_stop)?;
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
/// Small random checkpoints, shared with the tests of `pounce-convert`.
#[cfg(test)]
#[path = "../../convert/tests/support/mod.rs"]
mod support;
mod timings;

pub use backend::device::{Device, Placement};
pub use backend::graph::TokenId;
pub use backend::instruction_set::InstructionSet;
pub use backend::load_options::LoadOptions;
pub use backend::onnx_runtime::runtime::Runtime;
pub use backend::onnx_runtime::telemetry::disable_telemetry;
pub use cancel::{CancelGuard, CancelToken};
pub use decoding::config::GenerationConfig;
pub use decoding::draft_counts::{DraftCount, DraftCounts};
pub use decoding::project::related_code::RelatedCode;
pub use decoding::recent_completions::RecentCompletions;
pub use decoding::rest_of_line::RestOfLine;
pub use decoding::stop::StopCriteria;
pub use decoding::stop_rules::StopRules;
pub use error::EngineError;
pub use generation::{FinishReason, Generation, OnCandidate, OnStep, Step, never_stop};
pub use language::nesting;
pub use language::{Language, UnknownLanguage};
pub use model::Model;
pub use prompt::Prompt;
pub use prompt::form::PromptForm;
pub use prompt::mode::Mode;
pub use prompt::segments::{DEFAULT_CURSOR_MARKER, Segments};
#[cfg(feature = "fuzzing")]
pub use prompt::tokenizer::tokenize;
pub use timings::StageTimings;
