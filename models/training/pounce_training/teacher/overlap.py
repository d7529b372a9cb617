"""`CaseLines`: the lines of evaluation cases, none of whose pairs may stand in what a model learns from.

Two lines in a row are enough to have learnt a case by heart. Lines without a letter or a digit (brackets, blanks)
are not counted: the lines before and after them are taken as following each other. Indentation is not compared.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

_CODE = re.compile(r"\w")
_CURSOR = "‹cursor›"


class CaseLines:
    """Pairs of lines that follow each other in some case."""

    def __init__(self) -> None:
        self._next: dict[str, set[str]] = defaultdict(set)

    def add(self, text: str) -> None:
        """Adds the text of a case. Its last line may be cut off, and is compared as far as it goes."""
        for first, second in _pairs(text):
            self._next[first].add(second)

    def shares_two_lines(self, text: str) -> bool:
        """Whether two lines in a row of `text` stand in a case; a case's second line may be the beginning of one."""
        return any(second.startswith(known) for first, second in _pairs(text) for known in self._next.get(first, ()))


def read_cases(paths: Iterable[Path]) -> CaseLines:
    """Reads files of cases, or folders of such files, as `pounce eval` reads them."""
    known = CaseLines()
    files = [file for path in paths for file in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]
    for file in files:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                for text in _texts(json.loads(line)):
                    known.add(text)
    return known


def _texts(case: dict) -> Iterator[str]:
    """The texts of a case: what is around the cursor with and without what belongs there."""
    prefix, suffix, target = (case.get(name) or "" for name in ("prefix", "suffix", "target"))
    yield prefix + target + suffix
    yield from (prefix, suffix)
    if text := case.get("text"):
        yield text.replace(_CURSOR, "")
        yield from text.split(_CURSOR)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    lines = [line.strip() for line in text.split("\n") if _CODE.search(line)]
    return pairwise(lines)
