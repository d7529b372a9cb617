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
