"""`Package`: one entry of the corpus list, and the list as a file.

The list is the corpus's version: registry, name, version, licence, how the licence is known, and the
hash of the archive, tab-separated and sorted, so that a change shows as a few lines.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

LIST_NAME = "corpus.tsv"
"""The list's file name: in the repository, beside the shards built from it, and beside weights trained on them."""

REGISTRIES = ("crates", "debian", "npm", "pypi")


@dataclass(frozen=True, order=True)
class Package:
    """A package that is in the corpus."""

    registry: str
    name: str
    version: str
    licence: str
    """An SPDX expression of listed licences alone: refused alternatives are left out."""
    evidence: str
    """Where the licence is stated: `metadata`, `classifier` or `file`."""
    hash: str
    """`sha256:` and hexadecimal digits, or `sha512:` for npm, of the archive (Debian: of the .dsc)."""


@dataclass(frozen=True, order=True)
class Refusal:
    """A package that was wanted but may not enter the corpus, with the reason."""

    registry: str
    name: str
    version: str
    reason: str


class BadList(RuntimeError):
    """A list of packages that cannot be read."""


def write_list(path: Path, entries: Iterable[Package] | Iterable[Refusal], kind: type) -> None:
    """Writes a sorted list with a heading."""
    heading = "\t".join(field.name for field in fields(kind))
    lines = ["\t".join(astuple(entry)) for entry in sorted(set(entries))]
    path.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")


def read_list(path: Path) -> list[Package]:
    """Reads a corpus list."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != [field.name for field in fields(Package)]:
        raise BadList(f"{path} is no corpus list: its first line names other columns")
    entries = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(fields(Package)) or cells[0] not in REGISTRIES:
            raise BadList(f"line {number} of {path} is no package")
        entries.append(Package(*cells))
    return entries
