"""Builds a corpus from folders on this disk, for the run at toy size."""

from collections import defaultdict
from pathlib import Path

from . import language
from .build import Tally
from .filters import source_filter
from .filters.near_duplicate import SeenLines
from .filters.scrub import scrub
from .record import Record, write_shard

_HELD_EVERY = 12


def local(folders: list[Path], out: Path) -> Tally:
    """Filters the sources of `folders`; every twelfth file is held out."""
    out.mkdir(parents=True, exist_ok=True)
    tally, seen = Tally(), defaultdict(SeenLines)
    records = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        name = language.of_path(path.name)
        if name and (text := _text(path, tally)) and seen[name].takes(text):
            records.append(Record(name, "local", path.as_posix(), text))
            tally.taken[name] += len(text)
            tally.files[name] += 1
    held = records[::_HELD_EVERY]
    tally.held_out = sum(len(record.text) for record in held)
    write_shard(out / "held-000.jsonl.xz", held)
    write_shard(out / "train-000.jsonl.xz", [it for i, it in enumerate(records) if i % _HELD_EVERY])
    return tally


def _text(path: Path, tally: Tally) -> str | None:
    refused = source_filter.refuse_path(path.as_posix(), "local", [])
    text = refused or source_filter.clean(path.read_bytes())
    if isinstance(text, source_filter.Refused):
        tally.refused[text.reason] += 1
        return None
    text, n_scrubbed = scrub(text)
    tally.scrubbed += n_scrubbed
    return text
