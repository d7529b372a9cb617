#!/usr/bin/env bash
# Builds the windows into ui/dist, if a source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/../../ui"

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
    npm ci --no-audit --no-fund
    touch node_modules
fi
built=dist/index.html
if [ ! -f "$built" ] || [ -n "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer "$built" -print -quit)" ]; then
    npm run build
fi
