#!/usr/bin/env bash
# Builds packages into target/release/bundle. Usage: package.sh [deb,rpm,appimage]
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=src-tauri/scripts

"$scripts/install-packages.sh" build
"$scripts/check-tools.sh" desktop
"$scripts/fetch-onnxruntime.sh"
"$scripts/build-ui.sh"
npx --yes @tauri-apps/cli@^2.8 build --ci --bundles "${1:-deb,rpm}" -- --locked
find target/release/bundle -maxdepth 2 \( -name '*.deb' -o -name '*.rpm' -o -name '*.AppImage' \)
