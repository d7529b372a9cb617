#!/usr/bin/env bash
# Trains the pipeline's network at toy size on this repository's own source, converts it, and has it
# complete a line that it knows by heart; tests the network's code before. Minutes on one core.
# Where there is no PyTorch, Debian's is installed: 146 MB, where PyPI's wheel needs gigabytes for CUDA.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=src-tauri/scripts

"$scripts/check-tools.sh"
"$scripts/fetch-onnxruntime.sh"
python=python3
if ! "$python" -c 'import torch' 2> /dev/null; then
    "$scripts/install-packages.sh" train
    python=/usr/bin/python3
fi
"$python" -m venv --system-site-packages target/training
target/training/bin/python -m pip install --quiet --disable-pip-version-check \
    --requirement models/training/requirements.txt
cargo build --no-default-features --locked

# One thread: at this size more of them wait for each other longer than they compute.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
export POUNCE="${CARGO_TARGET_DIR:-$PWD/target}/debug/pounce"
export POUNCE_ORT_LIBRARY="${POUNCE_ORT_LIBRARY:-$PWD/runtime/libonnxruntime.so}"
cd models/training
../../target/training/bin/python -m pytest --capture=no tests/network tests/toy
