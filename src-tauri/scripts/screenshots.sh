#!/usr/bin/env bash
# Takes every picture in ui/screenshots: of the pages with sample data, and of the app itself (app-*.png). The dashboard
# shows the times of this machine, so nothing else should run on it.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=src-tauri/scripts

"$scripts/install-packages.sh" test
"$scripts/check-tools.sh" desktop
"$scripts/fetch-onnxruntime.sh"
"$scripts/build-ui.sh"

npm --prefix ui run screenshots
POUNCE_SCREENSHOTS=$PWD/ui/screenshots cargo test --release --locked --test desktop -- --ignored pictures
