"""`Marked`: lines with the target marked in them, and what may be done to them before a prompt is made of them."""

import re
from dataclasses import dataclass, replace

_INDENTATION = re.compile(r"^ +")


@dataclass(frozen=True)
class Marked:
    """The target goes from column `start` of line `row` to column `end` of line `last`."""

    lines: tuple[str, ...]
    row: int
    start: int
    last: int
    end: int

    @property
    def prefix(self) -> str:
        """What stands before the target."""
        return "\n".join([*self.lines[: self.row], self.lines[self.row][: self.start]])

    @property
    def target(self) -> str:
        """What is to be written."""
        if self.row == self.last:
            return self.lines[self.row][self.start : self.end]
        between = self.lines[self.row + 1 : self.last]
        return "\n".join([self.lines[self.row][self.start :], *between, self.lines[self.last][: self.end]])

    @property
    def suffix(self) -> str:
        """What stands after the target."""
        return "\n".join([self.lines[self.last][self.end :], *self.lines[self.last + 1 :]])

    def framed(self, n_before: int, n_after: int) -> "Marked":
        """The same, with at most `n_before` lines before the target's and `n_after` after them."""
        first = max(0, self.row - n_before)
        lines = self.lines[first : self.last + 1 + n_after]
        return replace(self, lines=lines, row=self.row - first, last=self.last - first)

    def headed(self, lines: list[str]) -> "Marked":
        """The same with other lines in front."""
        return replace(self, lines=(*lines, *self.lines), row=self.row + len(lines), last=self.last + len(lines))

    def followed(self, blanks: str) -> "Marked":
        """The same with blanks at the end of the last line."""
        return replace(self, lines=(*self.lines[:-1], *(self.lines[-1] + blanks).split("\n")))

    def dedented(self) -> "Marked":
        """The same without the indentation that all lines share."""
        columns = min((indentation(line) for line in self.lines if line.strip()), default=0)
        lines = tuple(line[columns:] for line in self.lines)
        return replace(self, lines=lines, start=max(0, self.start - columns), end=max(0, self.end - columns))

    def from_line_start(self) -> "Marked":
        """The same with the cursor right after the newline, so that the target has the line's indentation."""
        return replace(self, start=0)

    def from_line_before(self) -> "Marked":
        """The same with the cursor at the end of the line before, so that the target begins with a newline."""
        return replace(self, row=self.row - 1, start=len(self.lines[self.row - 1]))

    def tabbed(self) -> "Marked":
        """The same with tabs for the spaces of the indentation."""
        width = 4 if any(indentation(line) == 4 for line in self.lines) else 2
        lines = tuple(_INDENTATION.sub(lambda found: _tabs(found[0], width), line) for line in self.lines)
        start, end = self._moved(self.row, self.start, lines), self._moved(self.last, self.end, lines)
        return replace(self, lines=lines, start=start, end=end)

    def _moved(self, row: int, column: int, lines: tuple[str, ...]) -> int:
        """Where a column of the code stands in the changed lines."""
        return max(0, column + len(lines[row]) - len(self.lines[row]))


def indentation(line: str) -> int:
    """The number of blanks that a line begins with."""
    return len(line) - len(line.lstrip(" \t"))


def _tabs(blanks: str, width: int) -> str:
    return "\t" * (len(blanks) // width) + " " * (len(blanks) % width)
