#!/usr/bin/env bash
# Sets up what is missing and runs every test: Rust, windows, and the desktop app from end to end
# on a display of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=src-tauri/scripts

"$scripts/install-packages.sh" test
"$scripts/check-tools.sh" desktop
"$scripts/fetch-onnxruntime.sh"
"$scripts/build-ui.sh"

echo "== Clients of the server"
python3 -m venv target/clients
target/clients/bin/python -m pip install --quiet --disable-pip-version-check \
    --requirement tests/server/clients/requirements.txt
export POUNCE_CLIENTS_PYTHON=$PWD/target/clients/bin/python

echo "== Rust, and the desktop app from end to end"
cargo test --workspace --locked
# The Rust tests generate the TypeScript bindings of the wire types.
changed=$(git status --porcelain -- ui/src/bindings 2> /dev/null || true)
[ -z "$changed" ] || { printf 'ui/src/bindings was out of date: commit what changed\n%s\n' "$changed" >&2; exit 1; }

echo "== Windows"
npm --prefix ui run check
npm --prefix ui test

echo "== The training pipeline, but for the network"
"$scripts/test-training.sh"
