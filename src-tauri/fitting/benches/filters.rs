//! How long the filters take for a completion in 200 lines of code, and cleaning and filters together.

mod code;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::{FinishReason, Language, Mode};
use pounce_fitting::{Place, clean, fit};

use code::{CPP, PYTHON};

/// Code before and after a cursor, and a completion.
struct Case {
    name: &'static str,
    language: Language,
    mode: Mode,
    prefix: String,
    suffix: String,
    completion: &'static str,
}

fn cases() -> [Case; 5] {
    [
        (
            "python, line",
            Language::Python,
            Mode::Line,
            PYTHON.repeat(20) + "def size(path):\n    return os.path.",
            "\n",
            "getsize(path)",
        ),
        (
            "python, inside a line",
            Language::Python,
            Mode::Line,
            PYTHON.repeat(10) + "found.append(",
            ")\n",
            "Entry(path, 0))",
        ),
        (
            "python, block",
            Language::Python,
            Mode::Block,
            PYTHON.repeat(20) + "def size(path):\n",
            "",
            "    total = 0\n    for entry in walk(path, 3):\n        total += entry.size\n    return total",
        ),
        (
            "c++, broken",
            Language::Cpp,
            Mode::Line,
            CPP.repeat(18) + "int size() {\n    return ",
            "\n}\n",
            "found);",
        ),
        ("unknown, line", Language::Unknown, Mode::Line, PYTHON.repeat(20), "", "def size(path):"),
    ]
    .map(|(name, language, mode, prefix, below, completion)| {
        let suffix = format!("{below}{}", PYTHON.repeat(2));
        Case { name, language, mode, prefix, suffix, completion }
    })
}

fn filters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filters, 200 lines");
    for Case { name, language, mode, prefix, suffix, completion } in &cases() {
        let place = Place { prefix, suffix, language: *language, mode: *mode };
        group.bench_function(*name, |bencher| {
            bencher.iter(|| fit(black_box(&place), black_box(completion), FinishReason::Stop));
        });
    }
    group.finish();
}

/// Prints the median and the 95th percentile over all cases, as they are and as they look in other
/// programs.
fn cleaning_and_filters(_: &mut Criterion) {
    let dresses: [fn(String) -> String; 4] = [
        |code| code,
        |code| code.replace('\n', "\r\n").replace("  ", "\u{a0} "),
        |code| code.split('\n').map(|line| format!("+{line}\n")).collect(),
        |code| (1..).zip(code.split('\n')).map(|(n, line)| format!("{n:4} | {line}\n")).collect(),
    ];
    let mut times: Vec<Duration> = cases()
        .iter()
        .flat_map(|case| dresses.map(|dress| (case, dress)))
        .flat_map(|(case, dress)| {
            let copied = dress(format!("{}{MARKER}{}", case.prefix, case.suffix));
            [(); 50].map(|()| time(case, &copied))
        })
        .collect();
    times.sort_unstable();
    let percentile = |share: usize| times[times.len() * share / 100];
    println!("cleaning and filters, 200 lines: p50 {:?}, p95 {:?}", percentile(50), percentile(95));
}

const MARKER: &str = "‹cursor›";

fn time(case: &Case, copied: &str) -> Duration {
    let started = Instant::now();
    let segments = clean(black_box(copied), &[MARKER]).segments;
    let (prefix, suffix) = (segments.prefix.as_str(), segments.suffix.as_str());
    let place = Place { prefix, suffix, language: case.language, mode: case.mode };
    black_box(fit(&place, case.completion, FinishReason::Stop));
    started.elapsed()
}

criterion_group!(benches, filters, cleaning_and_filters);
criterion_main!(benches);
