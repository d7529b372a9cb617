//! Time that the embedded model's encoder takes for prompts of several lengths.

use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pounce_cpu::Encoder;

fn encode(criterion: &mut Criterion) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let opened = Encoder::open(&dir, n_threads, None).expect("the embedded model is complete");
    let mut encoder = opened.expect("this processor has AVX2");
    let mut group = criterion.benchmark_group("encode");
    for n_tokens in [16, 64, 256, 512] {
        let ids: Vec<u32> = (0..n_tokens).map(|index| 100 + index * 37 % 16_000).collect();
        let mut outputs = vec![vec![0.0; encoder.output_len(ids.len())]; encoder.n_outputs()];
        group.bench_function(BenchmarkId::from_parameter(n_tokens), |bencher| {
            bencher.iter(|| {
                let mut outputs: Vec<&mut [f32]> =
                    outputs.iter_mut().map(Vec::as_mut_slice).collect();
                encoder.run(&ids, &mut outputs, &|| false).expect("the prompt is valid");
            });
        });
    }
}

criterion_group!(benches, encode);
criterion_main!(benches);
