//! What `pounce complete` prints besides the completion: timings for people, [`Report`] for programs.

use std::time::Duration;

use pounce_engine::{FinishReason, Generation, Language, StageTimings};
use pounce_fitting::{Candidate, Fitted, Ranked, Rejection};
use pounce_service::units::ms;
use serde::Serialize;

use super::completed::Completed;
use crate::memory;

/// The stages with their names, in order.
fn stages(timings: &StageTimings) -> [(&'static str, Duration); 5] {
    [
        ("tokenize", timings.tokenize),
        ("encode", timings.encode),
        ("first token", timings.first_token),
        ("decode", timings.decode),
        ("detokenize", timings.detokenize),
    ]
}

pub(super) fn timings(generation: &Generation, load: Duration) -> String {
    let timings = &generation.timings;
    let mut lines = format!("{:<12} {:8.1} ms  (once, not counted below)\n", "load", ms(load));
    for (name, duration) in stages(timings) {
        lines += &format!("{name:<12} {:8.1} ms\n", ms(duration));
    }
    lines += &format!("{:<12} {:8.1} ms\n", "total", ms(timings.total()));
    lines
        + &format!(
            "{} after {} prompt and {} new tokens; first token after {:.1} ms, {:.0} tokens/s\n",
            finish_name(generation.finish),
            generation.n_prompt_tokens,
            generation.n_tokens(),
            ms(timings.ttft()),
            timings.tokens_per_second(generation.n_tokens()),
        )
}

/// The line that says why a completion is empty; nothing if it is not.
pub(super) fn rejection(fitted: &Fitted) -> String {
    let reason = fitted.rejected.map(|it| format!("nothing fits: {} ({})\n", it.reason, it.filter));
    reason.unwrap_or_default()
}

fn finish_name(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::Repetition => "repetition",
        FinishReason::Cancelled => "cancelled",
        FinishReason::Yielded => "yielded",
    }
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    completion: &'a str,
    /// The filters that changed what the model wrote.
    applied: &'a [&'static str],
    /// Why nothing of it fits; `null` if something does.
    rejected: Option<Rejected>,
    model: &'a str,
    language: &'static str,
    finish: &'static str,
    n_prompt_tokens: usize,
    is_prompt_clipped: bool,
    n_tokens: usize,
    /// The natural logarithm of each token's probability; empty if the model does not tell.
    log_probs: &'a [f32],
    /// Other completions that fit, the most promising first.
    alternatives: Vec<Alternative<'a>>,
    load_ms: f64,
    tokenize_ms: f64,
    encode_ms: f64,
    first_token_ms: f64,
    decode_ms: f64,
    detokenize_ms: f64,
    ttft_ms: f64,
    total_ms: f64,
    tokens_per_second: f64,
    peak_resident_bytes: Option<u64>,
}

/// A completion beside the first.
#[derive(Serialize)]
struct Alternative<'a> {
    completion: &'a str,
    log_probs: &'a [f32],
}

impl<'a> Alternative<'a> {
    /// `None` if nothing of the candidate fits.
    fn new(candidate: &'a Candidate) -> Option<Self> {
        let completion = candidate.fitted.text.as_str();
        let log_probs = &candidate.generation.log_probs;
        (!completion.is_empty()).then_some(Self { completion, log_probs })
    }
}

/// A filter and its reason.
#[derive(Serialize)]
struct Rejected {
    filter: &'static str,
    reason: String,
}

impl From<Rejection> for Rejected {
    fn from(Rejection { filter, reason, .. }: Rejection) -> Self {
        Self { filter, reason: reason.to_string() }
    }
}

impl<'a> Report<'a> {
    pub(super) fn new(completed: &'a Completed, language: Language) -> Self {
        let Ranked { best: Candidate { generation, fitted }, others } = &completed.ranked;
        let timings = &generation.timings;
        Self {
            completion: &fitted.text,
            applied: &fitted.applied,
            rejected: fitted.rejected.map(Rejected::from),
            model: &completed.model,
            language: language.name(),
            finish: finish_name(generation.finish),
            n_prompt_tokens: generation.n_prompt_tokens,
            is_prompt_clipped: generation.is_prompt_clipped,
            n_tokens: generation.n_tokens(),
            log_probs: &generation.log_probs,
            alternatives: others.iter().filter_map(Alternative::new).collect(),
            load_ms: ms(completed.load),
            tokenize_ms: ms(timings.tokenize),
            encode_ms: ms(timings.encode),
            first_token_ms: ms(timings.first_token),
            decode_ms: ms(timings.decode),
            detokenize_ms: ms(timings.detokenize),
            ttft_ms: ms(timings.ttft()),
            total_ms: ms(timings.total()),
            tokens_per_second: timings.tokens_per_second(generation.n_tokens()),
            peak_resident_bytes: memory::peak_resident_bytes(),
        }
    }
}
