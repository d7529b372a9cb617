#!/usr/bin/env bash
# Measures Pounce beside alternative programs, on the same weights and prompts. Arguments go to bench/run.py: --quick
# takes two minutes, --app also measures from hotkey to clipboard. POUNCE_BENCH_GGUF names GGUF files, separated by
# colons, to compare with llama.cpp. All files go to target/bench/.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=src-tauri/bench
target=${CARGO_TARGET_DIR:-target}
venv="$target/bench/venv"
# Cargo's target folder may be elsewhere.
export POUNCE_ORT_LIBRARY="${POUNCE_ORT_LIBRARY:-$PWD/runtime/libonnxruntime.so}"

src-tauri/scripts/check-tools.sh
src-tauri/scripts/fetch-onnxruntime.sh
cargo build --release --locked --no-default-features

requirements="$bench/requirements.txt"
[ -z "${POUNCE_BENCH_GGUF:-}" ] || requirements="$bench/requirements-gguf.txt"
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
    echo "Installing the peers into $venv (several GB)"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
exec "$venv/bin/python" "$bench/run.py" --pounce "$target/release/pounce" --work "$target/bench/models" "$@"
