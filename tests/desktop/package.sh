#!/usr/bin/env bash
# Builds the Debian package, installs it, starts the installed app on its own display, completes a snippet, and removes
# the package again. Takes about ten minutes and needs root, so it is run by hand before a release and not in CI.
#
# Usage: tests/desktop/package.sh [PACKAGE.deb]   (without an argument the package is built first)
set -euo pipefail
cd "$(dirname "$0")/../.."

tauri=(npx --yes @tauri-apps/cli@2.12.4)
target=${CARGO_TARGET_DIR:-target}

package=${1:-}
if [ -z "$package" ]; then
    src-tauri/scripts/fetch-onnxruntime.sh
    src-tauri/scripts/build-ui.sh
    "${tauri[@]}" build --bundles deb
    package=$(ls -t "$target"/release/bundle/deb/*.deb | head -n 1)
fi
echo "== $package"
dpkg-deb --info "$package" | grep -E "^ (Package|Version|Installed-Size|Depends):"

name=$(dpkg-deb --field "$package" Package)
folder=$(mktemp -d)
processes=()
finish() {
    for process in "${processes[@]}"; do kill "$process" 2> /dev/null || true; done
    dpkg --purge "$name" > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT

echo "== install"
dpkg --install "$package" > /dev/null
for file in /usr/bin/pounce /usr/lib/pounce/libonnxruntime.so /usr/share/doc/pounce/onnxruntime/{LICENSE,ThirdPartyNotices.txt} \
    /usr/lib/pounce/models/pounce-50m/manifest.json; do
    test -e "$file" || { echo "$file is not in the package" >&2; exit 1; }
done
test -e /usr/share/icons/hicolor/128x128/apps/pounce.png || { echo "the icon is not in the package" >&2; exit 1; }

echo "== start"
export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data
unset WAYLAND_DISPLAY POUNCE_MODELS_DIR POUNCE_ORT_LIBRARY
mkfifo "$folder/display"
Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3> "$folder/display" 2> /dev/null &
processes+=($!)
DISPLAY=:$(head -n 1 "$folder/display")
export DISPLAY
pounce 2> "$folder/app.log" &
app=$!
processes+=("$app")

# Waits up to a minute for a command to succeed.
wait_for() {
    for _ in $(seq 600); do
        if "$@" > /dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "waited in vain for: $*" >&2
    cat "$folder/app.log" >&2
    exit 1
}
is_warm() { pounce stats | grep --quiet "pounce_model_resident_bytes{"; }
is_completed() { [[ $(xclip -o -selection clipboard) == "$snippet"?* ]]; }

wait_for is_warm
snippet=$'def add(a, b):\n    return '
printf '%s' "$snippet" | xclip -selection clipboard > /dev/null 2>&1
pounce trigger
wait_for is_completed
echo "== completed"
xclip -o -selection clipboard
echo

echo "== end and remove"
pounce quit
wait "$app"
dpkg --purge "$name" > /dev/null
for left in /usr/bin/pounce /usr/lib/pounce; do
    test ! -e "$left" || { echo "$left was left behind" >&2; exit 1; }
done
echo "The package works."
