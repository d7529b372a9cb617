"""crates.io through `cargo`: `metadata` reports versions and licences, the lock file has the hashes."""

import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ..licence.expression import judge
from ..package import Package, Refusal
from .client import check_hash, run

# Generated bindings and interfaces of operating systems are tables, not code to learn from.
_GENERATED = re.compile(r"^(windows($|[-_])|winapi|web-sys$|js-sys$|libc$|linux-raw|objc2-|.+-sys$|unicode-)")


def resolve(names: list[str], folder: Path) -> Iterator[Package | Refusal]:
    """The named crates and all that they depend on; a name that ends in `Cargo.toml` is a workspace."""
    workspaces = [Path(name).resolve() for name in names if name.endswith("Cargo.toml")]
    crates = [name for name in names if not name.endswith("Cargo.toml")]
    if crates:
        workspaces.append(_scratch(folder / "wanted", {name: ("*", name) for name in crates}))
    for manifest in workspaces:
        yield from _packages(manifest)


def fetch(packages: list[Package], folder: Path) -> None:
    """Fetches all packages into cargo's cache at once, and copies them from there."""
    missing = [package for package in packages if not (folder / archive_name(package)).is_file()]
    if missing:
        wanted = {f"p{i}": (f"={it.version}", it.name) for i, it in enumerate(missing)}
        manifest = _scratch(folder / "scratch", wanted)
        run(["cargo", "fetch", "--quiet", "--manifest-path", str(manifest)], folder)
    for package in missing:
        shutil.copyfile(_in_cache(archive_name(package)), folder / archive_name(package))
    for package in packages:
        check_hash(folder / archive_name(package), package.hash)


def archive_name(package: Package) -> str:
    return f"{package.name}-{package.version}.crate"


def _packages(manifest: Path) -> Iterator[Package | Refusal]:
    text = run(["cargo", "metadata", "--format-version", "1", "--manifest-path", str(manifest)], manifest.parent)
    lock = tomllib.loads((manifest.parent / "Cargo.lock").read_text(encoding="utf-8"))
    hashes = {(it["name"], it["version"]): it.get("checksum", "") for it in lock["package"]}
    for found in json.loads(text)["packages"]:
        name, version = found["name"], found["version"]
        if not (found["source"] or "").startswith("registry+"):
            continue
        if _GENERATED.match(name):
            yield Refusal("crates", name, version, "generated bindings or tables")
            continue
        verdict = judge(found["license"])
        if verdict.is_allowed:
            yield Package("crates", name, version, verdict.licence, "metadata", f"sha256:{hashes[name, version]}")
        else:
            yield Refusal("crates", name, version, verdict.reason)


def _scratch(folder: Path, wanted: dict[str, tuple[str, str]]) -> Path:
    """An empty package that depends on the wanted crates, given as version and name by key."""
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/lib.rs").touch()
    lines = [
        f'{key} = {{ package = "{name}", version = "{version}", default-features = false }}'
        for key, (version, name) in wanted.items()
    ]
    head = '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n'
    (folder / "Cargo.toml").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return folder / "Cargo.toml"


def _in_cache(name: str) -> Path:
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    found = sorted(home.glob(f"registry/cache/*/{name}"))
    return found[0] if found else home / "registry/cache" / name
