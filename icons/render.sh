#!/usr/bin/env bash
# Renders the drawings into the PNGs that the app and its packages use. Needs rsvg-convert (Debian: librsvg2-bin).
set -euo pipefail
cd "$(dirname "$0")"

for size in 16 32 48 64 128 256 512; do
    rsvg-convert --width "$size" --height "$size" pounce.svg --output "${size}x${size}.png"
done
for drawing in tray/*.svg; do
    rsvg-convert --width 44 --height 44 "$drawing" --output "${drawing%.svg}.png"
done
