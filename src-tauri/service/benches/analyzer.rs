//! How long the work before a run takes: analysis, key, fallback, on 200 lines of code.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::{GenerationConfig, Language, Mode, Prompt, Segments};
use pounce_service::{CacheKey, analyze, fallback};

const PYTHON: &str = "\
def walk(root, depth):
    found = []
    for name in os.listdir(root):
        path = os.path.join(root, name)
        if os.path.isdir(path) and depth > 0:
            found.extend(walk(path, depth - 1))
        elif name.endswith(EXTENSIONS):
            found.append(Entry(path, os.path.getsize(path)))
    return sorted(found, key=lambda entry: entry.size)

";
const CPP: &str = "\
int walk(const std::string &root, int depth) {
    int found = 0;
    for (const auto &entry : list(root)) {
        if (entry.is_directory() && depth > 0) {
            found += walk(entry.path(), depth - 1);
        } else if (entry.name().ends_with(extension)) {
            found += entry.size() > limit ? 2 : 1;
        }
    }
    return found;
}
";

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
    criterion.bench_function("copy completer, 200 lines", |bencher| {
        bencher.iter(|| fallback(black_box(&segments)))
    });
    let prompt = Prompt { segments, language: Language::Python, mode: Mode::Line };
    let config = GenerationConfig::default();
    criterion.bench_function("cache key, 200 lines", |bencher| {
        bencher.iter(|| CacheKey::new(black_box(&prompt), &config))
    });
}

criterion_group!(benches, before_a_run);
criterion_main!(benches);
