"""Debian's sources through `apt`: Go, C, C++, Java, Kotlin, PHP, Ruby and shell, which have no registry here.

A source package lists in `debian/copyright` the licence of each file. The package is admitted by the
licence of most of its files, and `Copyright` tells for each file whether it is covered. Reading
`debian/copyright` takes the package itself, so resolving fetches it, too.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..licence.debian_copyright import Copyright, part_hashes
from ..package import Package, Refusal
from .client import ClientError, check_hash, run


def resolve(names: list[str], folder: Path) -> Iterator[Package | Refusal]:
    """Resolves the named source packages."""
    apt = _apt_options(folder) if names else []
    for name in names:
        # There is one stanza per version in the archive; the first is taken.
        stanza = run(["apt-cache", *apt, "showsrc", "--only-source", name], folder).split("\n\n")[0]
        version = re.search(r"^Version: (.+)$", stanza, re.M)[1]
        dsc = re.search(r"^ ([0-9a-f]{64}) \d+ \S+\.dsc$", stanza, re.M)[1]
        yield _entry(Package("debian", name, version, "", "file", f"sha256:{dsc}"), folder)


def _entry(package: Package, folder: Path) -> Package | Refusal:
    try:
        fetch([package], folder)
    except ClientError as error:
        return Refusal("debian", package.name, package.version, f"cannot be fetched: {error}")
    verdict = Copyright.of_source(folder, folder / archive_name(package)).main_verdict()
    if verdict.is_allowed:
        return replace(package, licence=verdict.licence)
    return Refusal("debian", package.name, package.version, verdict.reason)


def fetch(packages: list[Package], folder: Path) -> None:
    """Downloads what is missing, and checks the .dsc by the list, and the other parts by the .dsc."""
    missing = [package for package in packages if not _is_whole(package, folder)]
    apt = _apt_options(folder) if missing else []
    for package in missing:
        source = f"{package.name}={package.version}"
        run(["apt-get", *apt, "source", "--quiet", "--download-only", "--only-source", source], folder)
    for package in packages:
        dsc = folder / archive_name(package)
        check_hash(dsc, package.hash)
        for name, digits in part_hashes(dsc).items():
            check_hash(folder / name, f"sha256:{digits}")


def _is_whole(package: Package, folder: Path) -> bool:
    dsc = folder / archive_name(package)
    return dsc.is_file() and all((folder / name).is_file() for name in part_hashes(dsc))


def archive_name(package: Package) -> str:
    # File names leave out a version's epoch.
    return f"{package.name}_{package.version.rpartition(':')[2]}.dsc"


def _apt_options(folder: Path) -> list[str]:
    """Options for package lists of our own, since a system's lists often have no source packages."""
    lists = folder / "apt"
    sources = lists / "debian.sources"
    system = Path("/etc/apt/sources.list.d/debian.sources")
    options = [
        *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={lists / 'lists'}", "-o", f"Dir::Cache={lists / 'cache'}"),
    ]
    if not system.is_file():
        raise ClientError(f"{system} is missing: Debian's packages are resolved and fetched on Debian alone")
    if not sources.is_file():
        for needed in ("lists/partial", "cache/archives/partial"):
            (lists / needed).mkdir(parents=True, exist_ok=True)
        text = system.read_text(encoding="utf-8").replace("Types: deb\n", "Types: deb-src\n")
        sources.write_text(text, encoding="utf-8")
        run(["apt-get", *options, "update", "--quiet"], folder)
    return options
