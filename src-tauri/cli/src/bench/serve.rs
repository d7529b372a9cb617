//! `pounce bench --serve`: answers the requests of `bench/run.py`, which measures other programs
//! on the same weights and prompts beside this one.
//!
//! Each request is one line of JSON, and so is each answer. The first line written reports that the
//! model is loaded.

use std::io::{BufRead, Write};
use std::time::Instant;

use anyhow::Context;
use pounce_engine::{
    CancelToken, GenerationConfig, Language, Mode, Model, Prompt, Segments, never_stop,
};
use pounce_service::units::ms;
use serde::{Deserialize, Serialize};

use crate::loading::{self, Loaded};
use crate::memory;

use super::options::BenchOptions;

/// One completion to measure, or a prompt to tokenize.
#[derive(Debug, Deserialize)]
struct Request {
    /// Code before the cursor; the prompt is its end.
    text: String,
    /// The prompt's length in tokens.
    context: usize,
    /// Tokens to generate; 0 only tokenizes the prompt.
    new_tokens: usize,
    /// Whether the prompt is read before the time is taken, as it is when code is read as soon as
    /// it is copied.
    #[serde(default)]
    ahead: bool,
}

/// The answer to one request.
#[derive(Debug, Serialize)]
struct Reply {
    ms: f64,
    /// Token ids of the completion, or of the prompt if `new_tokens` is 0.
    ids: Vec<u32>,
    peak_bytes: Option<u64>,
}

/// Answers standard input on standard output until it ends.
///
/// # Errors
/// The errors of loading and running the model, and an error for a line that is no request.
pub(super) fn run(options: &BenchOptions) -> anyhow::Result<()> {
    let Loaded { mut model, load, .. } = loading::load(&options.model)?;
    let ready = serde_json::json!({
        "version": format!("Pounce {}", env!("CARGO_PKG_VERSION")),
        "load_ms": ms(load),
        "peak_bytes": memory::peak_resident_bytes(),
    });
    let mut replies = std::io::stdout().lock();
    writeln!(replies, "{ready}")?;
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?).context("a line is no request")?;
        let reply = answer(&mut model, request, options.drafts)?;
        writeln!(replies, "{}", serde_json::to_string(&reply)?)?;
    }
    Ok(())
}

fn answer(
    model: &mut Model,
    request: Request,
    n_draft_tokens: Option<usize>,
) -> anyhow::Result<Reply> {
    let prompt = Prompt {
        segments: Segments { prefix: request.text, suffix: String::new() },
        language: Language::Rust,
        mode: Mode::Free,
    };
    let config = GenerationConfig {
        max_new_tokens: request.new_tokens.max(1),
        max_prompt_tokens: Some(request.context),
        n_draft_tokens,
        ignore_eos: true,
        ..GenerationConfig::default()
    };
    if request.ahead {
        model.prepare(&prompt, &config, &CancelToken::new())?;
    }
    let started = Instant::now();
    let ids = if request.new_tokens == 0 {
        model.prompt_ids(&prompt, &config)?
    } else {
        model.generate(&prompt, &config, &CancelToken::new(), &mut never_stop)?.token_ids
    };
    let ms = ms(started.elapsed());
    Ok(Reply { ms, ids, peak_bytes: memory::peak_resident_bytes() })
}
