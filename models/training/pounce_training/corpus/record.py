"""`Record`: one source file of the corpus; and shards, files of records.

A shard is JSON, a record a line, packed with xz: text packs about sevenfold, and a shard can be read
while it is unpacked.
"""

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """A file that passed the filters."""

    language: str
    package: str
    """Registry and name: `crates:axum`."""
    path: str
    text: str


def write_shard(path: Path, records: Iterable[Record]) -> int:
    """Writes a shard whole or not at all, and returns how many records it has."""
    partial = path.with_suffix(".partial")
    n_records = 0
    with lzma.open(partial, "wt", encoding="utf-8", preset=6) as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            n_records += 1
    partial.rename(path)
    return n_records


def read_shard(path: Path) -> Iterator[Record]:
    """The records of a shard, in their order."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield Record(**json.loads(line))


def append_lines(path: Path, records: Iterable[Record]) -> None:
    """Appends records to a file of JSON lines, which is not packed. A last line that a crash cut off is removed."""
    lines = "".join(json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records)
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(lines.encode())


def read_lines(path: Path) -> Iterator[Record]:
    """The records that `append_lines` wrote, but for a last line that a crash cut off."""
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        yield Record(**json.loads(line))
