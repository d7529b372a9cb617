"""Cuts cases out of held-out files: what stands before the cursor, after it, and what belongs there.

Languages are drawn by the square root of their characters, and packages evenly, so that none dominates.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ..corpus.place import Place, draw_inside, draw_rest
from ..corpus.record import Record

KINDS = ("prefix", "suffix", "midline", "tail")
"""Code before the cursor alone; code on both sides; the cursor inside a line; the last lines before it alone."""

PREFIX_CHARS, SUFFIX_CHARS = 1_200, 400
TAIL_LINES = 4
_CHECKING_EVERY = 4
_MAX_DRAWS_PER_CASE = 1_000


@dataclass(frozen=True)
class Case:
    """A completion whose right answer is known, as `pounce eval` reads it."""

    language: str
    prefix: str
    suffix: str
    target: str
    source: str
    """Registry and name of the package: `crates:which`."""
    kind: str


class TooFewLines(RuntimeError):
    """The files have fewer lines worth completing than cases are wanted."""


def cut(records: list[Record], n_cases: int, seed: int) -> list[Case]:
    """Draws shuffled cases of every kind in equal shares, no line twice; the same seed gives the same ones."""
    rng = random.Random(seed)
    drawn = _draws(records, rng)
    used: set[tuple[Record, int]] = set()
    found = [_one(KINDS[number % len(KINDS)], drawn, used, rng) for number in range(n_cases)]
    rng.shuffle(found)
    return found


def split(records: list[Record]) -> tuple[list[Record], list[Record]]:
    """Splits records by package: of each language's packages, the second largest of every four is for checking."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        sizes[record.package][record.language] += len(record.text)
    by_language: dict[str, list[str]] = defaultdict(list)
    for package in sorted(sizes, key=lambda it: (-sizes[it].total(), it)):
        by_language[sizes[package].most_common(1)[0][0]].append(package)
    checking = {it for packages in by_language.values() for it in packages[1::_CHECKING_EVERY]}
    return [it for it in records if it.package not in checking], [it for it in records if it.package in checking]


def _draws(records: list[Record], rng: random.Random) -> Iterator[Record]:
    """Records without end."""
    packages: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        packages[record.language][record.package].append(record)
    sizes = {name: sum(len(it.text) for ours in found.values() for it in ours) for name, found in packages.items()}
    while sizes:
        (language,) = rng.choices(list(sizes), [size**0.5 for size in sizes.values()])
        yield rng.choice(rng.choice(list(packages[language].values())))


def _one(kind: str, drawn: Iterator[Record], used: set[tuple[Record, int]], rng: random.Random) -> Case:
    draw = draw_inside if kind == "midline" else draw_rest
    for _, record in zip(range(_MAX_DRAWS_PER_CASE), drawn, strict=False):
        place = draw(record.text.split("\n"), rng)
        if place is None or (record, place.row) in used:
            continue
        case = _case(kind, record, place)
        if case.prefix.strip():
            used.add((record, place.row))
            return case
    raise TooFewLines(f"no line is left for a case of kind {kind}: add packages to the corpus or ask for fewer cases")


def _case(kind: str, record: Record, place: Place) -> Case:
    lines = record.text.split("\n")
    first = max(0, place.row - TAIL_LINES + 1) if kind == "tail" else 0
    line = lines[place.row]
    prefix = "\n".join([*lines[first : place.row], line[: place.start]])[-PREFIX_CHARS:]
    suffix = "\n".join([line[place.end :], *lines[place.row + 1 :]])[:SUFFIX_CHARS]
    shown = suffix if kind in ("suffix", "midline") else ""
    return Case(record.language, prefix, shown, line[place.start : place.end], record.package, kind)
