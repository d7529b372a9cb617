//! Language detection, which has to take less than 2 ms for any clipboard.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::Language;

fn language(criterion: &mut Criterion) {
    let small = include_str!("snippet.rs");
    let large = include_str!("../src/language/languages.rs").repeat(110);
    criterion.bench_function("detect the language of 1 kB", |b| {
        b.iter(|| Language::detect(black_box(small)))
    });
    criterion.bench_function("detect the language of 1 MB", |b| {
        b.iter(|| Language::detect(black_box(&large)))
    });
}

criterion_group!(benches, language);
criterion_main!(benches);
