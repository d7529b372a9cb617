#!/usr/bin/env bash
# Says which tools are missing and where to get them. Installs nothing.
set -euo pipefail

missing=0
need() {
    command -v "$1" > /dev/null && return
    echo "$1 is missing: $2" >&2
    missing=1
}
need cargo "install Rust from https://rustup.rs"
need python3 "install Python 3 with pip; it fetches ONNX Runtime and is not needed to run Pounce"
[ "${1:-}" != desktop ] || need npm "install Node.js 20 or later from https://nodejs.org"
exit $missing
