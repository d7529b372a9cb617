"""The kinds of requests: what is asked for, and how much of the text around it is shown.

Each kind is a function from the lines of a text to `Marked` lines, or `None` where the draw hit nothing.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from ....corpus.place import Place, draw_between, draw_inside, draw_rest, is_comment
from .marked import Marked, indentation

_ANY_CUT = 0.2
_COMMENTS_KEPT = 0.1
"""Many lines of a teacher's programs are comments, of which people seldom ask for the rest."""
_WHOLE_LINE = 0.12
_NEXT_LINE = 0.06
_MAX_BLOCK_LINES = 9
_MAX_SHORT_LINES = 8
_MAX_IMPORTS = 3
_N_BEFORE, _N_AFTER = (0, 0, 1, 2, 4, 8, 16, 32), (0, 0, 1, 2, 4, 8, 12)
_IMPORT = re.compile(r"(import|from|use|using|require|require_once|include|#include|#import)\b|const .*\brequire\(")
_DEFINITION = re.compile(
    r"\s*(@|it\(|test\(|(pub|def|class|async|fn|impl|struct|enum|trait|func|type|function|export|interface|public|private"
    r"|protected|static|internal|void|fun|data|object|module|namespace|template|SELECT|CREATE|describe|FROM)\b)"
)


def inside(lines: list[str], rng: random.Random) -> Marked | None:
    """The cursor inside a line: brackets, a value, an argument, a string, half of them begun; else any cut."""
    place = (draw_between if rng.random() < _ANY_CUT else draw_inside)(lines, rng)
    return _marked(lines, place).framed(rng.choice(_N_BEFORE), rng.choice(_N_AFTER)) if place else None


def line(lines: list[str], rng: random.Random) -> Marked | None:
    """The rest of a line after many others, in half of the draws with the lines after it."""
    found = _rest(lines, rng)
    return found.framed(rng.randint(5, 60), rng.choice((0, rng.randint(1, 12)))) if found else None


def short(lines: list[str], rng: random.Random) -> Marked | None:
    """The rest of a line in a few lines that stand alone: from the text's head or a definition on, or any lines."""
    found = _rest(lines, rng)
    if found is None:
        return None
    n_before = _short_head(lines, found.row, rng)
    framed = found.framed(n_before, rng.choice((0, 0, 0, 0, rng.randint(1, 5))))
    if n_before < found.row and rng.random() < 0.6:
        framed = framed.dedented()
        imports = _imports_for(lines[: found.row - n_before], framed)
        framed = framed.headed([*imports, ""]) if imports and rng.random() < 0.4 else framed
    return framed


def program(lines: list[str], rng: random.Random) -> Marked | None:
    """The rest of a line of a short program, mostly with all that comes before."""
    found = _rest(lines, rng)
    n_before = len(lines) if rng.random() < 0.7 else rng.randint(1, _MAX_SHORT_LINES)
    return found.framed(n_before, rng.choice((0, 0, 0, 0, rng.randint(1, 5)))) if found else None


def block(lines: list[str], rng: random.Random) -> Marked | None:
    """Some lines, to where the indentation falls below the cursor's."""
    place = draw_rest(lines, rng)
    if place is None or not indentation(lines[place.row]):
        return None
    last = _block_end(lines, place.row)
    if last - place.row >= _MAX_BLOCK_LINES:
        return None
    start = indentation(lines[place.row]) if rng.random() < 0.7 else place.start
    found = Marked(tuple(lines), place.row, start, last, len(lines[last]))
    return found.framed(rng.randint(2, 40), rng.choice((0, rng.randint(1, 10))))


KINDS: dict[str, Callable[[list[str], random.Random], Marked | None]] = {
    "inside": inside,
    "line": line,
    "short": short,
    "program": program,
    "block": block,
}
BLOCK_KINDS = frozenset({"block"})
"""The kinds that ask for a block; the others ask for a line."""


def _rest(lines: list[str], rng: random.Random) -> Marked | None:
    """The rest of a line, sometimes all of it with its indentation, or with the newline before it."""
    place = draw_rest(lines, rng)
    if place is None or (is_comment(lines[place.row]) and rng.random() >= _COMMENTS_KEPT):
        return None
    found = _marked(lines, replace(place, end=len(lines[place.row].rstrip())))
    drawn = rng.random()
    if drawn < _WHOLE_LINE:
        return found.from_line_start()
    return found.from_line_before() if drawn < _WHOLE_LINE + _NEXT_LINE and found.row else found


def _marked(lines: list[str], place: Place) -> Marked:
    return Marked(tuple(lines), place.row, place.start, place.row, place.end)


def _short_head(lines: list[str], row: int, rng: random.Random) -> int:
    """How many lines a short piece has before the cursor's: to the head of the text if it is near, or a definition."""
    if row <= 2 * _MAX_SHORT_LINES and rng.random() < 0.5:
        return row
    definitions = [n for n in range(1, min(row, _MAX_SHORT_LINES) + 1) if _DEFINITION.match(lines[row - n])]
    return rng.choice(definitions) if definitions and rng.random() < 0.7 else rng.randint(1, _MAX_SHORT_LINES)


def _imports_for(before: list[str], shown: Marked) -> list[str]:
    """Import lines that stand before and name something in the shown lines."""
    words = {word for it in shown.lines for word in re.findall(r"\w{3,}", it)}
    named = [it for it in before if _IMPORT.match(it) and words & set(re.findall(r"\w{3,}", it)[1:])]
    return named[:_MAX_IMPORTS]


def _block_end(lines: list[str], row: int) -> int:
    """The last line with code before the indentation falls below that of `row`."""
    own, last = indentation(lines[row]), row
    for number in range(row + 1, min(len(lines), row + _MAX_BLOCK_LINES + 1)):
        if lines[number].strip():
            if indentation(lines[number]) < own:
                break
            last = number
    return last
