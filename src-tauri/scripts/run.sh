#!/usr/bin/env bash
# Sets up what is missing and starts the tray app. Without a display, completes a sample snippet in
# the terminal instead; that build needs neither GTK nor a web view.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=src-tauri/scripts

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    "$scripts/install-packages.sh" build
    "$scripts/check-tools.sh" desktop
    "$scripts/fetch-onnxruntime.sh"
    "$scripts/build-ui.sh"
    cargo build --release --locked
    echo "Pounce is in the tray. Copy some code, press Ctrl+Alt+Space, and paste."
    exec cargo run --release --locked --quiet
fi

sample=tests/samples/fibonacci.py
"$scripts/install-packages.sh" terminal
"$scripts/check-tools.sh"
"$scripts/fetch-onnxruntime.sh"
cargo build --release --locked --no-default-features
printf '\nThere is no display, so here is one completion in the terminal. %s:\n\n' "$sample"
cat "$sample"
printf '\n\nPounce completes it with:\n\n'
exec cargo run --release --locked --quiet --no-default-features -- complete "$sample"
