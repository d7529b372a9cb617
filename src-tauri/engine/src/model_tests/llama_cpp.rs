//! Parity with llama.cpp: the logits after the same prompts, on a real GGUF file.
//!
//! The repository has neither the file nor the reference. `POUNCE_LLAMA_CPP` names a JSON file
//! `{gguf, cases: [{prompt, token_ids, logits}]}`: the path of a GGUF file and, for each prompt,
//! llama.cpp's tokens and its logits after the last one. The test converts the file. Tokens and
//! best token must be equal, and the logits must correlate above 0.99.

use std::path::Path;
use std::time::Instant;

use pounce_convert::{ConvertOptions, convert};
use serde::Deserialize;

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::graph::OrtGraph;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::scores::arg_max;
use crate::model_tests::correlation::correlation;
use crate::prompt::tokenizer::Tokenizer;

#[derive(Deserialize)]
struct Reference {
    gguf: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: String,
    token_ids: Vec<TokenId>,
    logits: Vec<f32>,
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
    let runtime = Runtime::find().unwrap();
    let mut graph = OrtGraph::load(&runtime, &out, &manifest, &LoadOptions::default()).unwrap();
    for case in &reference.cases {
        assert_eq!(tokenizer.encode(&case.prompt), case.token_ids, "of {:?}", case.prompt);
        graph.decode(&case.token_ids, 0, DecodeOutput::Logits(1)).unwrap();
        let found = correlation(graph.logits(0), &case.logits);
        let best = [arg_max(graph.logits(0)), arg_max(&case.logits)];
        println!("{:?}: {found:.5}, best {best:?}", case.prompt);
        assert_eq!(best[0], best[1], "the best token after {:?}", case.prompt);
        assert!(found > 0.99, "{found} after {:?}", case.prompt);
    }
}
