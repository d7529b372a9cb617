#!/usr/bin/env bash
# Puts ONNX Runtime's shared library into runtime/, from its wheel on PyPI. Python only fetches and
# unpacks it; Pounce does not need Python. Does nothing if the pinned version is there.
# Usage: fetch-onnxruntime.sh [windows]; with "windows", the library for a program that is built for Windows.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.32.0
library=libonnxruntime.so
case "${1:-$(uname -s)-$(uname -m)}" in
    windows)
        library=onnxruntime.dll
        platform=win_amd64
        sha256=efe7456952c243a05a53d5b8732953625144642c2f3989094277f6217f0c0c40 ;;
    Linux-x86_64)
        platform=manylinux_2_28_x86_64
        sha256=99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8 ;;
    Linux-aarch64)
        platform=manylinux_2_28_aarch64
        sha256=e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054 ;;
    *)
        echo "No ONNX Runtime is pinned for $(uname -s) on $(uname -m): put libonnxruntime $version into runtime/ yourself." >&2
        exit 1 ;;
esac

stamp="runtime/onnxruntime-$version-$platform"
if [ -f "$stamp" ] && [ -f "runtime/$library" ]; then exit 0; fi

echo "Fetching ONNX Runtime $version ($platform, 25 MB)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "onnxruntime==$version --hash=sha256:$sha256" > "$folder/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --platform "$platform" --python-version 3.12 --implementation cp \
    --dest "$folder" --requirement "$folder/requirements.txt"

mkdir -p runtime
python3 - "$folder" "$version" "$library" <<'PYTHON'
import glob, sys, zipfile
folder, version, library = sys.argv[1:]
member = f"capi/{library}.{version}" if library.endswith(".so") else f"capi/{library}"
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    for name, member in ((library, member), ("LICENSE", "LICENSE"), ("ThirdPartyNotices.txt", "ThirdPartyNotices.txt")):
        with open(f"{folder}/{name}", "wb") as out:
            out.write(wheel.read("onnxruntime/" + member))
PYTHON
mv "$folder/LICENSE" runtime/LICENSE
mv "$folder/ThirdPartyNotices.txt" runtime/ThirdPartyNotices.txt
mv "$folder/$library" "runtime/$library"
touch "$stamp"
