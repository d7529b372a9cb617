"""Prompts to measure with: this repository's own code, cut at another place every time, so that no cache helps."""

from pathlib import Path

SOURCES = Path(__file__).parent.parent / "engine" / "src"
# Enough code for the longest prompt with any vocabulary.
LENGTH = 12_000


class Prompts:
    def __init__(self):
        self.code = "".join(path.read_text() for path in sorted(SOURCES.glob("*.rs")))
        self.next = LENGTH

    def text(self):
        """Code that ends at a line which no earlier prompt ended at."""
        self.next = self.code.index("\n", self.next + 1)
        if self.next + 200 > len(self.code):
            self.next = self.code.index("\n", LENGTH + 97)
        return self.code[self.next - LENGTH : self.next + 1]

    def edited(self, fits):
        """Code that satisfies `fits`, and the same code with another last line."""
        lines = self.text().splitlines(keepends=True)
        first = next(first for first in range(len(lines)) if fits("".join(lines[first:])))
        other = self.code[: self.code.index("\n", self.next + 1) + 1].splitlines(keepends=True)[-1]
        return "".join(lines[first:]), "".join([*lines[first:-1], other])
