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
if [ "${1:-}" = desktop ]; then
    node="Node.js 20.19, 22.13 or later from https://nodejs.org"
    need npm "install $node"
    # The oldest versions that Vite and ESLint support.
    is_new='const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 22 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19) ? 0 : 1)'
    if command -v node > /dev/null && ! node -e "$is_new"; then
        echo "Node.js $(node --version) is too old: install $node" >&2
        missing=1
    fi
fi
exit $missing
