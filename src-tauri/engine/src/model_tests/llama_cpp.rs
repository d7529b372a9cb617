//! Parity with llama.cpp: the logits after the same prompts, and what it writes, on a real GGUF
//! file.
//!
//! The repository has neither the file nor the reference, which `bench/reference_llama_cpp.py`
//! writes. `POUNCE_LLAMA_CPP` names a JSON file `{gguf, cases: [{prefix, suffix, token_ids, logits,
//! written}]}`: the path of a GGUF file and, for the code before and after each cursor, llama.cpp's
//! tokens, its logits after the last one, and the tokens that it writes, each with the margin by
//! which it is best. Without a suffix the prompt is the prefix alone. The test converts the file.
//! Tokens must be equal, and so must the best token be except where it is nearly tied. The logits
//! must correlate above 0.99.

use std::path::Path;
use std::time::Instant;

use pounce_convert::{ConvertOptions, convert};
use serde::Deserialize;

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::open::open;
use crate::backend::scores::{arg_max, top2_margin};
use crate::model_tests::correlation::correlation;
use crate::prompt::Prompt;
use crate::prompt::encoder::PromptEncoder;
use crate::prompt::form::PromptForm;
use crate::prompt::segments::Segments;
use crate::prompt::tokenizer::Tokenizer;

/// A best token that is ahead by no more than this is a tie: both programs round activations to 8
/// bits, in blocks of other lengths.
const TIE: f32 = 1.0;

#[derive(Deserialize)]
struct Reference {
    gguf: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prefix: String,
    /// Empty if the prompt has no gap to fill.
    suffix: String,
    token_ids: Vec<TokenId>,
    logits: Vec<f32>,
    /// Tokens that follow the prompt, and how far each is ahead of the second best.
    written: Vec<(TokenId, f32)>,
}

/// What was found in all cases.
#[derive(Debug, Default)]
struct Summary {
    n_prompts: usize,
    n_best: usize,
    least_correlation: f64,
    n_written: usize,
    n_same: usize,
    /// The largest margin where another token was chosen.
    largest_margin: f32,
}

#[test]
fn a_real_file_gives_the_logits_of_llama_cpp() {
    let Ok(path) = std::env::var("POUNCE_LLAMA_CPP") else {
        eprintln!("POUNCE_LLAMA_CPP is not set: parity with llama.cpp was NOT checked");
        return;
    };
    let reference = std::fs::read_to_string(path).unwrap();
    let reference: Reference = serde_json::from_str(&reference).unwrap();
    assert!(!reference.cases.is_empty(), "the reference has cases");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model");
    let started = Instant::now();
    let source = Path::new(&reference.gguf);
    let manifest = convert(source, &out, &ConvertOptions::default(), &mut ()).unwrap();
    println!("{} converted in {:.1?}", manifest.id, started.elapsed());
    let tokenizer = Tokenizer::load(&out.join("tokenizer.json")).unwrap();
    let encoder = PromptEncoder::new(&manifest, &tokenizer).unwrap();
    let runtime = Runtime::find().unwrap();
    let options = LoadOptions::default();
    let (mut graph, placement) = open(&runtime, &out, &manifest, &options).unwrap();
    println!("{placement:?}");
    let mut summary = Summary { least_correlation: 1.0, ..Summary::default() };
    for case in &reference.cases {
        let token_ids = if case.suffix.is_empty() {
            tokenizer.encode(&case.prefix)
        } else {
            let segments = Segments { prefix: case.prefix.clone(), suffix: case.suffix.clone() };
            let prompt = Prompt { segments, ..Prompt::default() };
            let form = PromptForm::default();
            let encoded = encoder.encode(&prompt, &tokenizer, None, &form).unwrap();
            [encoded.input, encoded.start].concat()
        };
        assert_eq!(token_ids, case.token_ids, "of {:?}", case.prefix);
        check(&mut *graph, case, &mut summary);
    }
    println!("{summary:#?}");
    assert!(summary.least_correlation > 0.99, "{}", summary.least_correlation);
    assert!(summary.largest_margin < TIE, "where it is not tied, the best token is the same");
}

fn check(graph: &mut dyn Graph, case: &Case, summary: &mut Summary) {
    graph.reserve(case.token_ids.len() + case.written.len()).unwrap();
    graph.decode(&case.token_ids, 0, DecodeOutput::Logits(1)).unwrap();
    let found = graph.logits(0);
    summary.n_prompts += 1;
    summary.n_best += usize::from(arg_max(found) == arg_max(&case.logits));
    summary.least_correlation = summary.least_correlation.min(correlation(found, &case.logits));
    let mut margin = top2_margin(&case.logits);
    let mut chosen = arg_max(found);
    for (index, (token, next_margin)) in case.written.iter().enumerate() {
        if index > 0 {
            let past = case.token_ids.len() + index - 1;
            let fed = case.written[index - 1].0;
            graph.decode(&[fed], past, DecodeOutput::NextIds(1)).unwrap();
            (chosen, margin) = (graph.next_ids()[0], *next_margin);
        }
        summary.n_written += 1;
        summary.n_same += usize::from(chosen == *token);
        if chosen != *token {
            summary.largest_margin = summary.largest_margin.max(margin);
        }
    }
}
