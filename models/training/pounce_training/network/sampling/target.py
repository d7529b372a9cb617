"""Where a completion ends: with the line, with the block, or after any number of tokens (`free`).

These are the engine's stop rules, on tokens instead of text.
"""

from dataclasses import dataclass

import numpy as np

from .encoded import EncodedCorpus
from .vocabulary import Vocabulary

_PAST_INDENTATION = 0.3


@dataclass(frozen=True)
class Target:
    """Tokens `start` to `end` (exclusive) of the corpus, all of one file."""

    start: int
    end: int
    is_complete: bool
    """Whether the completion ends here and not at the limit. Only then is it followed by `</s>`."""
    file: int


class Targets:
    """Finds targets in one corpus."""

    def __init__(self, corpus: EncodedCorpus, vocabulary: Vocabulary) -> None:
        self.corpus = corpus
        self._vocabulary = vocabulary
        self.newlines = np.flatnonzero(vocabulary.is_newline[corpus.tokens])

    def at(self, cursor: int, mode: str, limit: int, rng: np.random.Generator) -> Target | None:
        """The completion of at most `limit` tokens after `cursor`; `None` if there is nothing to complete."""
        if cursor >= len(self.corpus.tokens) or self.corpus.tokens[cursor] == self._vocabulary.file:
            return None
        file = self.corpus.file_of(cursor)
        end_of_file = int(self.corpus.starts[file + 1])
        if mode == "free":
            end = min(cursor + limit, end_of_file)
            return Target(cursor, end, end_of_file < cursor + limit, file)
        code = self._after_newlines(cursor)
        start = code if code > cursor and rng.random() < _PAST_INDENTATION else cursor
        end = self._end_of_line(code) if mode == "line" else self._end_of_block(start, code, end_of_file, limit)
        end = min(end, end_of_file)
        if end <= start or code >= end_of_file:
            return None
        return Target(start, min(end, start + limit), end < start + limit, file)

    def _after_newlines(self, cursor: int) -> int:
        """The position after the newline tokens at the cursor, so that a target holds some code."""
        while cursor < len(self.corpus.tokens) and self._vocabulary.is_newline[self.corpus.tokens[cursor]]:
            cursor += 1
        return cursor

    def _end_of_line(self, position: int) -> int:
        idx = int(np.searchsorted(self.newlines, position, "left"))
        return int(self.newlines[idx]) if idx < len(self.newlines) else len(self.corpus.tokens)

    def _end_of_block(self, start: int, code: int, end_of_file: int, limit: int) -> int:
        """The first line with less indentation than the cursor's; for code without indentation, a blank line."""
        is_newline, indentation = self._vocabulary.is_newline, self._vocabulary.indentation
        tokens = self.corpus.tokens
        first = int(np.searchsorted(self.newlines, code, "left"))
        own = int(indentation[tokens[self.newlines[first - 1]]]) if first else 0
        for newline in self.newlines[first:]:
            if newline >= min(end_of_file, start + limit):
                break
            is_blank = newline + 1 < end_of_file and is_newline[tokens[newline + 1]]
            if (is_blank and own == 0) or (not is_blank and indentation[tokens[newline]] < own):
                return int(newline)
        return min(end_of_file, start + limit)
