"""One module per registry. Each resolves wanted names to packages, and fetches their archives.

All of them use the registry's ordinary client (`cargo`, `npm`, `pip`, `apt`) with the mirrors and proxies
that the machine is configured with, and never run anything that a package brings.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..package import Package, Refusal
from . import crates, debian, npm, pypi

Entry = Package | Refusal


@dataclass(frozen=True)
class Registry:
    """The functions that every registry has."""

    resolve: Callable[[list[str], Path], Iterator[Entry]]
    """Resolves wanted names to entries, dependencies included. The folder is for scratch files and archives."""
    fetch: Callable[[list[Package], Path], None]
    """Puts the archives of packages into a folder, each under `archive_name`, and checks their hashes."""
    archive_name: Callable[[Package], str]


REGISTRIES = {
    "crates": Registry(crates.resolve, crates.fetch, crates.archive_name),
    "debian": Registry(debian.resolve, debian.fetch, debian.archive_name),
    "npm": Registry(npm.resolve, npm.fetch, npm.archive_name),
    "pypi": Registry(pypi.resolve, pypi.fetch, pypi.archive_name),
}
