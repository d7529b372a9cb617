//! Time that a decoder-only model takes to read a prompt and to write a token, in runs of several
//! lengths. `POUNCE_BENCH_MODEL` names the folder of a converted model; without it nothing is
//! measured.

use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pounce_cpu::Decoder;

/// Tokens in the cache before each run.
const PAST: usize = 128;

fn causal(criterion: &mut Criterion) {
    let Some(dir) = std::env::var_os("POUNCE_BENCH_MODEL").map(PathBuf::from) else {
        eprintln!("POUNCE_BENCH_MODEL is not set: nothing was measured");
        return;
    };
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let opened = Decoder::open(&dir, n_threads, 512, None).expect("the model is complete");
    let mut decoder = opened.expect("the kernels take the model");
    let ids: Vec<u32> = (0..PAST as u32 + 128).map(|index| 100 + index * 37 % 16_000).collect();
    decoder.choose(&ids[..PAST], 0, 1).expect("the tokens are valid");
    let mut group = criterion.benchmark_group("causal");
    group.sample_size(10);
    for n_tokens in [1, 4, 9, 32, 64] {
        group.throughput(Throughput::Elements(n_tokens as u64));
        group.bench_function(BenchmarkId::from_parameter(n_tokens), |bencher| {
            bencher.iter(|| {
                let ids = &ids[PAST..PAST + n_tokens];
                decoder.choose(ids, PAST, 1).expect("the tokens are valid").len()
            });
        });
    }
}

criterion_group!(benches, causal);
criterion_main!(benches);
