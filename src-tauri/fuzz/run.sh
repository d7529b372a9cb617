#!/usr/bin/env bash
# Fuzzes one target: `run.sh TARGET [libFuzzer's options]`. Needs a C++ compiler, and no nightly one.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${1:?the name of a target: a folder of src-tauri/fuzz/seeds}
shift
folder=src-tauri/fuzz
platform=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz passes for coverage, in flags that a stable compiler takes. A platform that is named
# keeps them from build scripts.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares"
cargo build --profile fuzz -p pounce-fuzz --bin fuzz --features libfuzzer --target "$platform"

mkdir -p "$folder/corpus/$target" "$folder/artifacts"
# Files are rewritten for every input.
export POUNCE_FUZZ_TARGET=$target TMPDIR=/dev/shm
exec "${CARGO_TARGET_DIR:-target}/$platform/fuzz/fuzz" "$folder/corpus/$target" "$folder/seeds/$target" \
    -artifact_prefix="$folder/artifacts/$target-" -rss_limit_mb=1024 -malloc_limit_mb=80 -timeout=10 "$@"
