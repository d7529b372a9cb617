"""`Requests`: draws requests of the kinds that people ask for."""

import random
from dataclasses import dataclass

import numpy as np

from ..vocabulary import Vocabulary
from .kinds import BLOCK_KINDS, KINDS
from .marked import Marked
from .prompt import prompt
from .texts import Texts

_BLANK_SUFFIX, _TABS = 0.04, 0.05
_BLANKS = ("\n", "\n\n", " ", "\n    ", "\t")
# Characters that are tokenized of a prefix for each token that is kept; a token has hardly ever more.
_CHARS_PER_TOKEN = 8
_TRIES = 12


@dataclass(frozen=True)
class Request:
    """A piece of a text with a target cut out: prefix, target and suffix joined are the piece."""

    kind: str
    language: int
    """The language's token."""
    prefix: str
    target: str
    suffix: str

    @property
    def mode(self) -> str:
        """What the engine is asked for."""
        return "block" if self.kind in BLOCK_KINDS else "line"

    def prompt(self, vocabulary: Vocabulary, max_prompt: int, language: int) -> tuple[list[int], bytes]:
        """The encoder's input and the bytes that the completion begins with."""
        prefix = self.prefix[-_CHARS_PER_TOKEN * max_prompt :]
        suffix = self.suffix[: _CHARS_PER_TOKEN * max_prompt]
        return prompt(vocabulary, language, prefix, suffix, max_prompt, self.mode)

    def tokens(self, vocabulary: Vocabulary, max_prompt: int, language: int) -> tuple[list[int], list[int]]:
        """The encoder's input, and the target with the end token."""
        inputs, forced = self.prompt(vocabulary, max_prompt, language)
        return inputs, [*vocabulary.encode(forced.decode() + self.target), vocabulary.end]


class Requests:
    """Draws from source code, and from a teacher's programs for the kind `program`."""

    def __init__(self, source: Texts, programs: Texts | None) -> None:
        self._source, self._programs = source, programs

    def draw(self, kind: str, rng: np.random.Generator) -> Request:
        """A request of a kind."""
        found = None
        while found is None:
            found = self._try(kind, rng)
        return found

    def _try(self, kind: str, rng: np.random.Generator) -> Request | None:
        """Several draws of one piece of text, because reading it takes longer."""
        language, lines = self._texts(kind).draw(rng)
        chance = random.Random(int(rng.integers(1 << 62)))
        for _ in range(_TRIES):
            marked = KINDS[kind](lines, chance)
            if marked and marked.prefix.strip() and marked.target.strip():
                marked = _edited(marked, chance)
                return Request(kind, language, marked.prefix, marked.target, marked.suffix)
        return None

    def _texts(self, kind: str) -> Texts:
        if kind != "program":
            return self._source
        if self._programs is None:
            raise ValueError("the settings ask for a teacher's programs: give their file with --programs")
        return self._programs


def _edited(marked: Marked, rng: random.Random) -> Marked:
    """Sometimes with tabs, or with a suffix of blanks where nothing follows."""
    marked = marked.tabbed() if rng.random() < _TABS else marked
    is_last = not marked.suffix
    return marked.followed(rng.choice(_BLANKS)) if is_last and rng.random() < _BLANK_SUFFIX else marked
