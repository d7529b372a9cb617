#!/usr/bin/env bash
# Builds the windows into ui/dist if a source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/../../ui"

# npm writes this file last, so it is missing after an interrupted installation.
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
    npm ci --no-audit --no-fund
fi
built=dist/index.html
if [ ! -f "$built" ] || [ -n "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer "$built" -print -quit)" ]; then
    npm run build
fi
