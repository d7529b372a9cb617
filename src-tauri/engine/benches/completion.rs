//! One line of the embedded model, with a new prompt and with one that was read ahead. `pounce bench`
//! measures more.

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::{
    CancelToken, GenerationConfig, Language, LoadOptions, Model, Prompt, Runtime, Segments,
    never_stop,
};

/// A prompt that no earlier iteration has read.
fn prompt(iteration: usize) -> Prompt {
    let code = include_str!("../src/decoding/generator.rs");
    let lines: Vec<&str> = code.lines().skip(40 + iteration % 100).take(40).collect();
    let segments = Segments { prefix: lines.join("\n") + "\n", suffix: String::new() };
    Prompt { segments, language: Language::Rust, ..Prompt::default() }
}

fn line(criterion: &mut Criterion) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let runtime = Runtime::find().expect("the library is there after `make setup`");
    let mut model =
        Model::load(&runtime, &dir, &LoadOptions::default()).expect("the embedded model loads");
    let config = GenerationConfig::default();
    let cancel = CancelToken::new();
    let mut iteration = 0;
    criterion.bench_function("complete a line", |b| {
        b.iter(|| {
            iteration += 1;
            model
                .generate(&prompt(iteration), &config, &cancel, &mut never_stop)
                .expect("the model runs")
        });
    });
    criterion.bench_function("complete a line that was read ahead", |b| {
        b.iter(|| {
            model.generate(&prompt(0), &config, &cancel, &mut never_stop).expect("the model runs")
        });
    });
}

criterion_group!(benches, line);
criterion_main!(benches);
