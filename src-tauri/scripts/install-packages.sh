#!/usr/bin/env bash
# Installs the system packages that are missing if it may; otherwise prints their names.
# Usage: install-packages.sh terminal|build|test|train
set -euo pipefail

terminal=()
command -v cc > /dev/null || terminal+=(build-essential)
python3 -m pip --version > /dev/null 2>&1 || terminal+=(python3-pip)
build=("${terminal[@]}" build-essential pkg-config file libwebkit2gtk-4.1-dev)
mapfile -t tests < "$(dirname "$0")/../../tests/desktop/packages.txt"
browser=(chromium)
clients=(curl)
python=(python3-venv)
# PyTorch for a CPU; without OpenBLAS it falls back on a reference library, twenty-five times slower.
torch=(python3-torch libopenblas0-pthread)
usage="usage: install-packages.sh terminal|build|test|train"
case "${1:?$usage}" in
    terminal) wanted=("${terminal[@]}") ;;
    build) wanted=("${build[@]}") ;;
    test) wanted=("${build[@]}" "${tests[@]}" "${browser[@]}" "${clients[@]}" "${python[@]}") ;;
    train) wanted=("${python[@]}" "${torch[@]}") ;;
    *) echo "$usage" >&2; exit 2 ;;
esac

[ ${#wanted[@]} -gt 0 ] || exit 0

if ! command -v dpkg-query > /dev/null; then
    echo "This is no Debian or Ubuntu: install what corresponds to: ${wanted[*]}" >&2
    exit 0
fi
missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! sudo --non-interactive true 2> /dev/null; then
        printf 'Some system packages are missing. Run this, then try again:\n    sudo apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install --yes -qq --no-install-recommends "${missing[@]}" > /dev/null
