#!/usr/bin/env bash
# Tests the network's code, trains and fine-tunes it at toy size on this repository's own source, converts it, and
# completes a memorized line. Takes minutes on one core. If PyTorch is missing, installs Debian's
# package (146 MB), because PyPI's wheel brings gigabytes for CUDA. The teacher's model is tested where PyTorch is
# new enough for it.
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
tests=(tests/network tests/toy)
if target/training/bin/python -c 'import torch; exit(torch.__version__ < torch.torch_version.TorchVersion("2.4"))'; then
    target/training/bin/python -m pip install --quiet --disable-pip-version-check \
        --requirement models/training/requirements-teach.txt
    tests+=(tests/teacher/library)
else
    echo "The teacher's model is not tested: it needs PyTorch 2.4 or later."
fi
cargo build --no-default-features --locked

# One thread: at this size several threads would mostly wait for each other.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
export POUNCE="${CARGO_TARGET_DIR:-$PWD/target}/debug/pounce"
export POUNCE_ORT_LIBRARY="${POUNCE_ORT_LIBRARY:-$PWD/runtime/libonnxruntime.so}"
cd models/training
../../target/training/bin/python -m pytest --capture=no "${tests[@]}"
