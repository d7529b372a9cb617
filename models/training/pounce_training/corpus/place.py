"""Where people ask for a completion: in a line's rest, or inside brackets, values and strings of a line."""

import random
import re
from dataclasses import dataclass

from .line_cut import draw_rest_of_line

MAX_INSIDE = 60
"""The most characters of a target inside a line."""

_MIN_BETWEEN = 6
"""Characters of a line that is cut anywhere."""

_IN_WORD_KEPT = 1 / 3
"""Most columns are inside words; with this share of them kept, about half of the cuts are."""

_INSIDE = [
    re.compile(it)
    for it in (
        r"\(([^()]+)\)",  # all arguments
        r"(?:\(|, )([^()\[\]{},]+)(?=, )|, ([^()\[\]{},]+)(?=\))",  # one of several
        r"\[([^\[\]]+)\]",  # an index or a list
        r"\{ ?([^{}]+?) ?\}",
        r"[=:] ([^=:;,(){}\[\]]+)(?=[;,)\]}])",  # a value
        r"\"([^\"\\]+)\"|'([^'\\]+)'|`([^`\\]+)`",
    )
]
_COMMENT = re.compile(r"\s*(#+ |//|/\*|\* |<!--|--)")
_CLOSERS = re.compile(r"[\s)\]}>;,:'\"`]*")


@dataclass(frozen=True)
class Place:
    """A row of a text, and the columns between which the target stands."""

    row: int
    start: int
    end: int


def draw_rest(lines: list[str], rng: random.Random) -> Place | None:
    """The rest of a line, from a place where people ask; `None` if the draw hit none."""
    cut = draw_rest_of_line(lines, rng)
    if cut is None:
        return None
    row, column = cut
    line = lines[row]
    is_asked = rng.random() < _IN_WORD_KEPT if _is_in_word(line, column) else _is_after_opening(line, column)
    return Place(row, column, len(line)) if is_asked and not _is_closing(line[column:]) else None


def draw_inside(lines: list[str], rng: random.Random) -> Place | None:
    """Something inside a line, in half of the draws begun; `None` if the drawn line has nothing of that kind."""
    row = rng.randrange(len(lines))
    line = lines[row]
    found = [] if is_comment(line) else [spans for it in _INSIDE if (spans := _spans(it, line))]
    if not found:
        return None
    start, end = rng.choice(rng.choice(found))
    if rng.random() < 0.5 and end - start > 1:
        start = rng.randrange(start + 1, end)
    is_place = end - start <= MAX_INSIDE and not _is_closing(line[start:end]) and line[end:].strip()
    return Place(row, start, end) if is_place else None


def draw_between(lines: list[str], rng: random.Random) -> Place | None:
    """Any part of a line that has code after it; `None` if the drawn line is too short for one."""
    row = rng.randrange(len(lines))
    line = lines[row].rstrip()
    first = len(line) - len(line.lstrip())
    if len(line) - first < _MIN_BETWEEN:
        return None
    start, end = sorted(rng.sample(range(first, len(line)), 2))
    is_place = end - start <= MAX_INSIDE and not _is_closing(line[start:end]) and not is_comment(line)
    return Place(row, start, end) if is_place else None


def is_comment(line: str) -> bool:
    """Whether a line is a comment, in any language."""
    return _COMMENT.match(line) is not None


def _spans(pattern: re.Pattern[str], line: str) -> list[tuple[int, int]]:
    return [match.span(match.lastindex) for match in pattern.finditer(line)]


def _is_in_word(line: str, column: int) -> bool:
    return re.fullmatch(r"\w\w", line[max(0, column - 1) : column + 1]) is not None


def _is_after_opening(line: str, column: int) -> bool:
    """Whether the cursor stands at the start of the code, or after a blank, a bracket, a dot or a quote."""
    return not line[:column].strip() or line[column - 1] in " \t([{<.\"'`"


def _is_closing(text: str) -> bool:
    """Whether a text is blank or only closes what is open."""
    return _CLOSERS.fullmatch(text) is not None
