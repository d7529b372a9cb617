//! Reading two million lines, a search among them, and a changed file.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use pounce_project::{FolderState, Limits, Projects};

const N_FILES: usize = 4_000;
const N_LINES: usize = 500;
/// Names that lines are made of: few enough that many lines stand in several places.
const N_NAMES: u32 = 60;

/// Code of lines that are alike, as code is: blank ones, brackets and calls of few names.
fn code(random: &mut fastrand::Rng) -> String {
    let mut text = String::new();
    for _ in 0..N_LINES {
        let [a, b, c] = [(); 3].map(|()| random.u32(..N_NAMES));
        match random.u32(..10) {
            0 => text.push('\n'),
            1..3 => text.push_str("    }\n"),
            _ => writeln!(text, "        name{a}.call{b}(value{c});").expect("memory"),
        }
    }
    text
}

fn lay_out(folder: &Path) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let files: Vec<String> = (0..N_FILES).map(|_| code(&mut random)).collect();
    for (at, text) in files.iter().enumerate() {
        fs::write(folder.join(format!("file{at}.rs")), text).expect("a temporary folder");
    }
    files
}

fn search(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = lay_out(folder.path());
    let folders = [folder.path().to_owned()];
    let mut group = criterion.benchmark_group("projects");
    group.sample_size(10);
    group.bench_function("read two million lines", |bencher| {
        bencher.iter(|| black_box(Projects::read(&folders, Limits::default())));
    });
    group.finish();

    read_again(criterion, folder.path());
    let projects = Projects::read(&folders, Limits::default());
    eprintln!("the index takes {} MB", projects.size_bytes() >> 20);
    let mut random = fastrand::Rng::with_seed(8);
    for n_lines in [1, 4, 10, 64] {
        criterion.bench_function(&format!("find {n_lines} lines"), |bencher| {
            bencher.iter(|| {
                let file = &files[random.usize(..N_FILES)];
                let lines: Vec<&str> = file.lines().collect();
                let start = random.usize(..N_LINES - n_lines);
                black_box(projects.find(&lines[start..start + n_lines].join("\n")))
            });
        });
    }
}

/// A file is written, and found as it is then: the time that changes settle in (200 ms) is a part.
fn read_again(criterion: &mut Criterion, folder: &Path) {
    let projects = Projects::new(Limits::default());
    projects.set_folders(vec![folder.to_owned()]);
    while projects.status().iter().all(|status| status.state == FolderState::Reading) {
        std::thread::yield_now();
    }
    let mut version = 0;
    let mut group = criterion.benchmark_group("projects");
    group.sample_size(10);
    group.bench_function("read a changed file again", |bencher| {
        bencher.iter(|| {
            version += 1;
            let line = format!("let the_line_of_version_{version} = written();\n");
            fs::write(folder.join("changed.rs"), line.repeat(N_LINES)).expect("a temporary folder");
            while projects.find(&line).is_err() {
                std::thread::yield_now();
            }
        });
    });
}

criterion_group!(benches, search);
criterion_main!(benches);
