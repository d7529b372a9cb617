//! How long the work before a run takes: analysis, key, fallback, on 200 lines of code.

#[path = "../../fitting/benches/code/mod.rs"]
mod code;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::{GenerationConfig, Language, Mode, Prompt, Segments};
use pounce_service::{CacheKey, analyze, fallback};

use code::{CPP, PYTHON};

fn before_a_run(criterion: &mut Criterion) {
    let cases = [
        ("python, parsed", Language::Python, PYTHON.repeat(20)),
        ("c++, parsed", Language::Cpp, CPP.repeat(18)),
        ("unknown, counted", Language::Unknown, PYTHON.repeat(20)),
    ];
    for (name, language, text) in &cases {
        criterion.bench_function(&format!("analyze 200 lines: {name}"), |bencher| {
            bencher.iter(|| analyze(black_box(text), *language));
        });
    }
    let segments = Segments { prefix: cases[0].2.clone(), suffix: String::new() };
    let prompt = Prompt { segments, language: Language::Python, mode: Mode::Line };
    criterion.bench_function("copy completer, 200 lines", |bencher| {
        bencher.iter(|| fallback(black_box(&prompt)))
    });
    let config = GenerationConfig::default();
    criterion.bench_function("cache key, 200 lines", |bencher| {
        bencher.iter(|| CacheKey::new(black_box(&prompt), &config))
    });
}

criterion_group!(benches, before_a_run);
criterion_main!(benches);
