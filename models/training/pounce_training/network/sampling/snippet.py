"""Short snippets on their own, as people copy them. Windows inside files never look like them.

A snippet begins at the head of a file, at a definition or at any line, or is an import with a line that
uses the imported name. Its indentation is taken off.
"""

from dataclasses import dataclass

import numpy as np

from .target import Targets
from .vocabulary import Vocabulary

KINDS = {"head": 0.25, "definition": 0.4, "call": 0.2, "line": 0.15}
_TRIES = 12
_MAX_IMPORTS_END = 400
_MAX_LINE_TOKENS = 40


@dataclass(frozen=True)
class Snippet:
    """Positions of a snippet in the corpus."""

    imports: tuple[int, int]
    """Range of an import line that comes before it, without the newline; empty for none."""
    start: int
    cursor: int
    columns: int
    """The indentation that is taken off, in columns."""


class Snippets:
    """Draws snippets from one corpus."""

    def __init__(self, targets: Targets, vocabulary: Vocabulary) -> None:
        self._targets = targets
        self._corpus = targets.corpus
        self._vocabulary = vocabulary
        firsts = np.minimum(targets.newlines + 1, len(self._corpus.tokens) - 1)
        self._definitions = targets.newlines[vocabulary.defines[self._corpus.tokens[firsts]]]
        self._imports = targets.newlines[vocabulary.imports[self._corpus.tokens[firsts]]]

    def draw(self, max_tokens: int, rng: np.random.Generator) -> Snippet:
        """A snippet with at most `max_tokens` before the cursor."""
        kind = rng.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "call" and (snippet := self._call(max_tokens, rng)):
            return snippet
        if kind == "head":
            return self._at(int(rng.choice(self._corpus.starts[:-1])), max_tokens, rng)
        lines = self._definitions if kind != "line" and len(self._definitions) else self._targets.newlines
        return self._at(int(rng.choice(lines)), max_tokens, rng)

    def _at(self, mark: int, max_tokens: int, rng: np.random.Generator) -> Snippet:
        """A snippet from `mark` on, which is a newline token or the mark at the head of a file."""
        file = self._corpus.file_of(mark)
        last = min(mark + 1 + max_tokens, int(self._corpus.starts[file + 1]) - 1)
        # Lengths are uniform, so that sometimes two words have to be enough.
        cursor = mark + 2 + int(rng.integers(max(1, last - mark - 1)))
        columns = int(self._vocabulary.indentation[self._corpus.tokens[mark]])
        return Snippet((0, 0), mark + 1, min(cursor, max(last, mark + 1)), columns)

    def _call(self, max_tokens: int, rng: np.random.Generator) -> Snippet | None:
        """An import, and a later line of the file that uses an imported name."""
        if not len(self._imports):
            return None
        tokens, is_name = self._corpus.tokens, self._vocabulary.is_name
        newline = int(rng.choice(self._imports))
        file = self._corpus.file_of(newline)
        if newline - self._corpus.starts[file] > _MAX_IMPORTS_END:
            return None
        end = self._next_newline(newline + 1)
        names = {int(token) for token in tokens[newline + 2 : end] if is_name[token]}
        names |= {it for name in names for it in self._without_space(name)}
        lines = self._lines(end, int(self._corpus.starts[file + 1]))
        for line in rng.permutation(lines)[:_TRIES] if len(lines) else ():
            line_end = min(self._next_newline(int(line) + 1), int(line) + _MAX_LINE_TOKENS)
            uses = [at for at in range(int(line) + 1, line_end - 1) if int(tokens[at]) in names]
            n_before = (end - newline - 1) + 2
            if uses and not self._vocabulary.imports[tokens[line + 1]] and n_before + uses[0] - line <= max_tokens:
                latest = min(line_end - 1, int(line) + max_tokens - n_before)
                cursor = int(rng.integers(uses[0] + 1, max(uses[0] + 2, latest + 1)))
                columns = int(self._vocabulary.indentation[tokens[line]])
                return Snippet((newline + 1, end), int(line) + 1, cursor, columns)
        return None

    def _without_space(self, token: int) -> list[int]:
        """The tokens of a name with and without a space before it, if that is one token."""
        text = self._vocabulary.texts[token].strip()
        encoded = [self._vocabulary.encode(text), self._vocabulary.encode(f" {text}")]
        return [ids[0] for ids in encoded if len(ids) == 1]

    def _lines(self, start: int, end: int) -> np.ndarray:
        newlines = self._targets.newlines
        return newlines[np.searchsorted(newlines, start, "right") : np.searchsorted(newlines, end - 2, "left")]

    def _next_newline(self, position: int) -> int:
        newlines = self._targets.newlines
        idx = int(np.searchsorted(newlines, position, "left"))
        return int(newlines[idx]) if idx < len(newlines) else len(self._corpus.tokens)
