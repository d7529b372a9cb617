"""From fetched archives to shards of records, and a count of what was left out and why."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import language
from .archive import Member, members
from .filters import source_filter
from .filters.hold_out import is_held_out
from .filters.near_duplicate import SeenLines
from .filters.scrub import scrub
from .filters.source_filter import Refused
from .licence.debian_copyright import Copyright
from .licence.text import judge_text
from .package import LIST_NAME, Package, write_list
from .record import Record, write_shard
from .registries import REGISTRIES

MAX_PACKAGE_CHARS = 12_000_000
"""The most characters taken from one package, so that none dominates the corpus."""
_SHARD_CHARS = 100_000_000


@dataclass
class Tally:
    """How many files and characters were taken or refused, for the report."""

    taken: Counter[str] = field(default_factory=Counter)
    """Characters by language."""
    files: Counter[str] = field(default_factory=Counter)
    """Files by language."""
    refused: Counter[str] = field(default_factory=Counter)
    """Files by reason."""
    scrubbed: int = 0
    held_out: int = 0
    """Characters of held-out packages."""
    refused_packages: dict[str, str] = field(default_factory=dict)


def build(packages: list[Package], archives: Path, out: Path, seed: int = 0) -> Tally:
    """Writes `train-*.jsonl.xz`, `held-*.jsonl.xz` and the list of the packages in them to `out`.

    Held-out packages come first, so that files which training shares with them are dropped from
    training, not from the hold-out.
    """
    out.mkdir(parents=True, exist_ok=True)
    tally, seen = Tally(), defaultdict(SeenLines)
    held = [package for package in packages if is_held_out(package)]
    others = [package for package in packages if not is_held_out(package)]
    random.Random(seed).shuffle(others)
    held_records = list(_records(held, archives, seen, tally))
    tally.held_out = sum(len(record.text) for record in held_records)
    tally.taken.clear()
    tally.files.clear()
    train_records = list(_records(others, archives, seen, tally))
    used = [it for it in packages if f"{it.registry}:{it.name}" not in tally.refused_packages]
    write_list(out / LIST_NAME, used, Package)
    for name, records in (("held", held_records), ("train", train_records)):
        random.Random(seed).shuffle(records)
        for number, shard in enumerate(_split(records)):
            write_shard(out / f"{name}-{number:03}.jsonl.xz", shard)
    return tally


def _records(packages: list[Package], archives: Path, seen: dict[str, SeenLines], tally: Tally) -> Iterator[Record]:
    for package in packages:
        left = MAX_PACKAGE_CHARS
        for record in _files(package, archives, tally):
            if not seen[record.language].takes(record.text):
                tally.refused["near-duplicate"] += 1
            elif len(record.text) > left:
                tally.refused["package is large"] += 1
            else:
                left -= len(record.text)
                tally.taken[record.language] += len(record.text)
                tally.files[record.language] += 1
                yield record


def _files(package: Package, archives: Path, tally: Tally) -> Iterator[Record]:
    """The files of one package that pass the filters which look at a single file."""
    archive = archives / package.registry / REGISTRIES[package.registry].archive_name(package)
    everything = list(members(archive))
    licences = {it.path: it.data.decode("utf-8", "replace") for it in everything if source_filter.is_licence(it.path)}
    if reason := _contradicts(package, licences):
        tally.refused_packages[f"{package.registry}:{package.name}"] = reason
        return
    vendored = source_filter.vendored_folders(licences)
    covered = Copyright.of_source(archive.parent, archive) if package.registry == "debian" else None
    for member in everything:
        if name := language.of_path(member.path):
            text = _judge(member, package, vendored, covered)
            if isinstance(text, Refused):
                tally.refused[text.reason] += 1
            else:
                text, n_scrubbed = scrub(text)
                tally.scrubbed += n_scrubbed
                yield Record(name, f"{package.registry}:{package.name}", member.path, text)


def _judge(member: Member, package: Package, vendored: list[str], covered: Copyright | None) -> str | Refused:
    if refused := source_filter.refuse_path(member.path, package.registry, vendored):
        return refused
    if covered and not covered.verdict(member.path).is_allowed:
        return Refused("licence in debian/copyright")
    return source_filter.clean(member.data)


def _contradicts(package: Package, licences: dict[str, str]) -> str | None:
    """The reason if a licence file in the package's root forbids what the package's metadata allow."""
    if package.registry == "debian" or " OR " in package.licence:
        return None
    depth = min((path.count("/") for path in licences), default=0)
    for path, text in licences.items():
        verdict = judge_text(text)
        if path.count("/") == depth and verdict.reason.startswith("the licence file is of"):
            return f"{path}: {verdict.reason}"
    return None


def _split(records: list[Record]) -> Iterator[list[Record]]:
    """Splits records into lists of about a shard's size."""
    run: list[Record] = []
    n_chars = 0
    for record in records:
        run.append(record)
        n_chars += len(record.text)
        if n_chars >= _SHARD_CHARS:
            yield run
            run, n_chars = [], 0
    if run:
        yield run
