#!/usr/bin/env bash
# Tests what of the training pipeline needs no PyTorch: licences, filters, hold-out, sampler. The rest
# is tested by train-toy.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

python3 -m venv target/corpus
target/corpus/bin/python -m pip install --quiet --disable-pip-version-check \
    --requirement models/training/requirements-corpus.txt
cd models/training
python=../../target/corpus/bin/python
"$python" -m ruff check --no-cache .
"$python" -m ruff format --no-cache --check .
PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest tests/corpus tests/sampling
