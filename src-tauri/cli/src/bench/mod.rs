//! `pounce bench`: how fast a model is on this machine.
//!
//! Lengths are interleaved, so that a machine that slows down for a while slows down all of them.
//! The prompt is this program's own source. Each repetition starts it at another line, so that no
//! cache helps.

mod options;
mod process;
mod serve;

use std::time::Duration;

use pounce_engine::{
    CancelToken, Generation, GenerationConfig, Language, Mode, Model, Prompt, Segments, never_stop,
};
use pounce_service::units::ms;
use serde::Serialize;

pub use process::BenchProcess;

use crate::loading::{self, Loaded};
use crate::memory;
use crate::output::print_report;
use crate::percentiles::Percentiles;
use crate::table::Table;

pub(crate) use options::BenchOptions;

/// Code to complete: a few thousand tokens of Rust.
const SAMPLE: &str = concat!(
    include_str!("../input.rs"),
    include_str!("mod.rs"),
    include_str!("../eval/lines/mod.rs"),
    include_str!("../eval/lines/report.rs"),
    include_str!("../complete/report.rs"),
    include_str!("../complete/mod.rs")
);

/// Unmeasured repetitions of each length.
const N_WARM_UP: u32 = 3;

/// Measures a model and prints a table or JSON.
///
/// # Errors
/// The errors of loading and running the model.
pub(crate) fn run(options: &BenchOptions) -> anyhow::Result<()> {
    if options.serve {
        return serve::run(options);
    }
    let mut loaded = loading::load(&options.model)?;
    let rows = measure(&mut loaded.model, options)?;
    let report = Report::new(&loaded, options, rows);
    print_report(&report, options.json)
}

fn measure(model: &mut Model, options: &BenchOptions) -> anyhow::Result<Vec<Row>> {
    let mut runs: Vec<Vec<Generation>> = vec![Vec::new(); options.contexts.len()];
    for repetition in 0..N_WARM_UP + options.repetitions {
        for (length, runs) in options.contexts.iter().zip(&mut runs) {
            let generation = run_once(model, *length, repetition, options)?;
            if repetition >= N_WARM_UP {
                runs.push(generation);
            }
        }
    }
    Ok(options.contexts.iter().zip(&runs).map(|(length, runs)| Row::new(*length, runs)).collect())
}

fn run_once(
    model: &mut Model,
    length: usize,
    repetition: u32,
    options: &BenchOptions,
) -> anyhow::Result<Generation> {
    let prompt = Prompt {
        segments: Segments { prefix: prefix(repetition as usize), suffix: String::new() },
        language: Language::Rust,
        mode: Mode::Free,
    };
    let config = GenerationConfig {
        max_new_tokens: options.tokens as usize,
        max_prompt_tokens: Some(length),
        n_draft_tokens: options.drafts,
        ignore_eos: true,
        ..GenerationConfig::default()
    };
    Ok(model.generate(&prompt, &config, &CancelToken::new(), &mut never_stop)?)
}

/// The sample up to a line that is different in each repetition.
fn prefix(repetition: usize) -> String {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let end = lines.len() - 1 - repetition % (lines.len() / 3);
    lines[..end].join("\n")
}

/// The figures of prompts of one length.
#[derive(Debug, Serialize)]
struct Row {
    context_tokens: usize,
    encode: Percentiles,
    ttft: Percentiles,
    ms_per_token: Percentiles,
    total: Percentiles,
    decoder_runs: f64,
}

impl Row {
    fn new(length: usize, runs: &[Generation]) -> Self {
        let of = |figure: fn(&Generation) -> Duration| Percentiles::of(runs.iter().map(figure));
        let n_runs: usize = runs.iter().map(|run| run.n_decoder_runs).sum();
        Self {
            context_tokens: runs.first().map_or(length, |run| run.n_prompt_tokens),
            encode: of(|run| run.timings.encode),
            ttft: of(|run| run.timings.ttft()),
            ms_per_token: of(|run| {
                (run.timings.first_token + run.timings.decode) / run.n_tokens() as u32
            }),
            total: of(|run| run.timings.total()),
            decoder_runs: n_runs as f64 / runs.len() as f64,
        }
    }
}

/// The report as it is printed, as a table or as JSON.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    threads: usize,
    /// The device that it ran on.
    device: String,
    /// The backend or instruction set whose kernels ran.
    runner: String,
    new_tokens: u32,
    repetitions: u32,
    load_ms: f64,
    peak_resident_bytes: Option<u64>,
    rows: Vec<Row>,
}

impl Report {
    fn new(loaded: &Loaded, options: &BenchOptions, rows: Vec<Row>) -> Self {
        Self {
            model: loaded.model.manifest().id.clone(),
            threads: loaded.n_threads,
            device: loaded.model.placement().device.to_string(),
            runner: loaded.model.placement().runner(),
            new_tokens: options.tokens,
            repetitions: options.repetitions,
            load_ms: ms(loaded.load),
            peak_resident_bytes: memory::peak_resident_bytes(),
            rows,
        }
    }
}

impl Report {
    fn table(&self) -> Table {
        let mut table = Table::new([
            "context",
            "encode p50",
            "p95",
            "first token p50",
            "p95",
            "ms/token p50",
            "p95",
            "total p50",
            "p95",
            "runs",
        ]);
        for row in &self.rows {
            let tenths = |value: f64| format!("{value:.1}");
            table.push([
                row.context_tokens.to_string(),
                tenths(row.encode.p50_ms),
                tenths(row.encode.p95_ms),
                tenths(row.ttft.p50_ms),
                tenths(row.ttft.p95_ms),
                format!("{:.2}", row.ms_per_token.p50_ms),
                format!("{:.2}", row.ms_per_token.p95_ms),
                tenths(row.total.p50_ms),
                tenths(row.total.p95_ms),
                tenths(row.decoder_runs),
            ]);
        }
        table
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory = self
            .peak_resident_bytes
            .map_or("unknown".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000));
        writeln!(
            f,
            "{}: {} ({}), {} threads, {} new tokens, {} repetitions; loaded in {:.0} ms, peak memory {memory}",
            self.model,
            self.device,
            self.runner,
            self.threads,
            self.new_tokens,
            self.repetitions,
            self.load_ms
        )?;
        write!(f, "{}", self.table())
    }
}
