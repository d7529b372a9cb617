#!/usr/bin/env bash
# Builds the terminal commands for Windows, and completes a sample with them under Wine. The tray app is not built: its
# clipboard and hotkeys are written for X11 and Wayland.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=x86_64-pc-windows-gnu

for tool in x86_64-w64-mingw32-gcc wine; do
    command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 wine" >&2; exit 1; }
done
rustup target list --installed | grep -qx "$target" || rustup target add "$target"
src-tauri/scripts/fetch-onnxruntime.sh windows
cargo build --release --locked --no-default-features --target "$target" -p pounce

export WINEDEBUG=-all POUNCE_ORT_LIBRARY=runtime/onnxruntime.dll POUNCE_MODELS_DIR=models
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export WINEPREFIX="$home/wine" POUNCE_DATA_DIR="$home/data" POUNCE_CONFIG_DIR="$home/config"
for sample in tests/samples/*; do
    echo "$sample:"
    wine "target/$target/release/pounce.exe" complete "$sample"
done
wine "target/$target/release/pounce.exe" models list
