//! Cleaning a snippet of 200 lines should take less than half a millisecond, with any decoration.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_fitting::clean;

const MARKERS: &[&str] = &["‹cursor›"];

fn cleaning(criterion: &mut Criterion) {
    let code: Vec<&str> =
        include_str!("../src/cleaning/draft.rs").lines().cycle().take(200).collect();
    let lines = |dress: fn((usize, &&str)) -> String| {
        code.iter().enumerate().map(dress).collect::<Vec<_>>().join("\n")
    };
    for (name, text) in [
        ("bare code", lines(|(_, line)| (*line).to_owned())),
        ("CRLF and no-break spaces", lines(|(_, line)| line.replace(' ', "\u{a0}") + "\r")),
        ("a numbered diff in a quoted fence", {
            "> ```diff\n".to_owned() + &lines(|(index, line)| format!("> {index:3} | +{line}"))
        }),
        (
            "a session",
            lines(|(index, line)| {
                format!("{}{line}", if index % 4 == 0 { ">>> " } else { "... " })
            }),
        ),
        (
            "entities",
            lines(|(_, line)| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        ),
        ("colours", lines(|(_, line)| line.replace("let", "\u{1b}[34mlet\u{1b}[0m"))),
        ("curly quotes", lines(|(_, line)| line.replace('"', "”") + " ”a”")),
    ] {
        criterion.bench_function(&format!("clean 200 lines: {name}"), |b| {
            b.iter(|| clean(black_box(&text), MARKERS))
        });
    }
    // Whether it takes linear time: what is in a string was looked up among all strings.
    let strings = "`${".repeat(20_000);
    criterion.bench_function("clean a line of 20,000 strings", |b| {
        b.iter(|| clean(black_box(&strings), MARKERS))
    });
    let large = include_str!("../src/cleaning/draft.rs").repeat(200);
    criterion.bench_function("clean 1 MB", |b| b.iter(|| clean(black_box(&large), MARKERS)));
}

criterion_group!(benches, cleaning);
criterion_main!(benches);
