#!/usr/bin/env bash
# Writes what the packages install beside the program into target/package: shell completions and manual pages.
# Tauri calls it between building and bundling.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=target/package
rm -rf "$folder"
mkdir -p "$folder"
target/release/pounce completions bash > "$folder/pounce.bash"
target/release/pounce completions zsh > "$folder/_pounce"
target/release/pounce completions fish > "$folder/pounce.fish"
target/release/pounce man "$folder/man1"
gzip --best --no-name "$folder"/man1/*.1
