"""The npm registry through `npm`: a lock file has versions, licences and hashes; `npm pack` fetches."""

import json
from collections.abc import Iterator
from pathlib import Path

from ..licence.expression import judge
from ..package import Package, Refusal
from .client import check_hash, hex_of_integrity, run

_BATCH = 20


def resolve(names: list[str], folder: Path) -> Iterator[Package | Refusal]:
    """The named packages and all that they depend on; a name that ends in `package-lock.json` is a lock."""
    locks = [Path(name) for name in names if name.endswith("package-lock.json")]
    packages = [name for name in names if not name.endswith("package-lock.json")]
    if packages:
        wanted = folder / "wanted"
        wanted.mkdir(parents=True, exist_ok=True)
        manifest = {"name": "scratch", "version": "0.0.0", "dependencies": dict.fromkeys(packages, "*")}
        (wanted / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--legacy-peer-deps"], wanted)
        locks.append(wanted / "package-lock.json")
    for lock in locks:
        for path, found in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
            if entry := _entry(path, found):
                yield entry


def fetch(packages: list[Package], folder: Path) -> None:
    """Packs what is missing, some at a time."""
    missing = [package for package in packages if not (folder / archive_name(package)).is_file()]
    for start in range(0, len(missing), _BATCH):
        names = [f"{it.name}@{it.version}" for it in missing[start : start + _BATCH]]
        run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), *names], folder)
    for package in packages:
        check_hash(folder / archive_name(package), package.hash)


def archive_name(package: Package) -> str:
    return f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"


def _entry(path: str, found: dict) -> Package | Refusal | None:
    # The root has an empty path; packages without a hash in the lock are not from the registry.
    if not path or "integrity" not in found:
        return None
    name, version = found.get("name") or path.rpartition("node_modules/")[2], found["version"]
    if found.get("cpu") or found.get("os"):
        return Refusal("npm", name, version, "a binary of one system")
    verdict = judge(found.get("license"))
    if not verdict.is_allowed:
        return Refusal("npm", name, version, verdict.reason)
    return Package("npm", name, version, verdict.licence, "metadata", hex_of_integrity(found["integrity"]))
