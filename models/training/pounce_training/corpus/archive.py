"""Reading archives of packages: wheels, crates, npm's tarballs and Debian's sources."""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .licence import debian_copyright

MAX_BYTES = 200_000
"""Larger files are data or generated, and are not read at all."""


@dataclass(frozen=True)
class Member:
    """A file of an archive; its path is relative to the package's root."""

    path: str
    data: bytes


class BadArchive(RuntimeError):
    """An archive that cannot be read."""


def members(archive: Path) -> Iterator[Member]:
    """Every file of a package up to `MAX_BYTES`."""
    try:
        if archive.suffix == ".dsc":
            for part in debian_copyright.parts(archive.parent, archive):
                if ".debian.tar" not in part.name:
                    yield from _tar(part)
        elif archive.suffix == ".whl":
            yield from _zip(archive)
        else:
            yield from _tar(archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise BadArchive(f"{archive.name} cannot be read: {error}") from error


def _zip(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if not info.is_dir() and info.file_size <= MAX_BYTES:
                yield Member(info.filename, opened.read(info))


def _tar(archive: Path) -> Iterator[Member]:
    """The files of a tar archive. Paths lose the top folder that source archives put around everything."""
    with tarfile.open(archive) as opened:
        for info in opened:
            if info.isfile() and info.size <= MAX_BYTES:
                path = info.name.removeprefix("./").partition("/")[2]
                yield Member(path, opened.extractfile(info).read())
