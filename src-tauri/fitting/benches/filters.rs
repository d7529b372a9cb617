//! How long the filters take for a completion in 200 lines of code.

mod code;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_engine::{FinishReason, Language, Mode};
use pounce_fitting::{Place, fit};

use code::{CPP, PYTHON};

fn filters(criterion: &mut Criterion) {
    let cases = [
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
    ];
    let mut group = criterion.benchmark_group("filters, 200 lines");
    for (name, language, mode, prefix, below, completion) in cases {
        let suffix = format!("{below}{}", PYTHON.repeat(2));
        let place = Place { prefix: &prefix, suffix: &suffix, language, mode };
        group.bench_function(name, |bencher| {
            bencher.iter(|| fit(black_box(&place), black_box(completion), FinishReason::Stop));
        });
    }
    group.finish();
}

criterion_group!(benches, filters);
criterion_main!(benches);
