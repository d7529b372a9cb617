//! Every target on its seeds, and on what is left when one is cut or changed: a short run of the fuzzer
//! without the fuzzer.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use pounce_fuzz::{TARGETS, Target};

/// Changed versions of each seed.
const N_CHANGED: u64 = 64;

#[test]
fn every_target_reads_its_seeds() {
    for target in TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{} has seeds", target.name);
        (target.read)(&[]);
        for seed in seeds {
            (target.read)(&seed);
            (0..N_CHANGED).for_each(|number| (target.read)(&changed(&seed, number)));
        }
    }
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target.name);
    let entries = fs::read_dir(&folder).expect("every target has a folder of seeds");
    entries
        .map(|entry| fs::read(entry.expect("it is readable").path()).expect("it is a file"))
        .collect()
}

/// The seed with a few bytes changed, or cut.
fn changed(seed: &[u8], number: u64) -> Vec<u8> {
    let mut random = Rng::with_seed(number);
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(..bytes.len().max(1));
        if let Some(byte) = bytes.get_mut(at) {
            *byte = random.u8(..);
        }
    }
    if random.bool() {
        bytes.truncate(random.usize(..bytes.len().max(1)));
    }
    bytes
}
