#!/usr/bin/env bash
# Tests the parts of the training pipeline that need no PyTorch: licences, filters, hold-out, cases, sampler,
# what is kept of a teacher's programs.
# train-toy.sh tests the rest.
set -euo pipefail
cd "$(dirname "$0")/../.."

python3 -m venv target/corpus
target/corpus/bin/python -m pip install --quiet --disable-pip-version-check \
    --requirement models/training/requirements-corpus.txt
cd models/training
python=../../target/corpus/bin/python
"$python" -m ruff check --no-cache .
"$python" -m ruff format --no-cache --check .
PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest tests/calibration tests/corpus tests/sampling tests/teacher --ignore tests/teacher/library
