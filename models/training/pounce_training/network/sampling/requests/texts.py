"""`Texts`: draws pieces of files from encoded corpora, as lines of text."""

from collections import defaultdict

import numpy as np

from ..encoded import EncodedCorpus
from ..vocabulary import Vocabulary

_MAX_TOKENS = 1_500
_AT_HEAD = 0.35
"""Share of pieces of a long file that begin with the file."""


class Texts:
    """The files of some corpora by language."""

    def __init__(
        self, corpora: list[EncodedCorpus], vocabulary: Vocabulary, shares: dict[str, float] | None = None
    ) -> None:
        """`shares` are of languages by name; without them every file is as likely as any other."""
        self._corpora, self._vocabulary = corpora, vocabulary
        self._files: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for idx, corpus in enumerate(corpora):
            for file, language in enumerate(corpus.languages):
                self._files[int(language)].append((idx, file))
        if not self._files:
            raise ValueError("there is no text to draw from: build the corpus, or let the teacher write first")
        self._languages = sorted(self._files)
        weights = np.array([self._weight(it, shares) for it in self._languages])
        self._weights = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> tuple[int, list[str]]:
        """The language's token, and lines of a file: all of it, or some that follow each other."""
        language = int(rng.choice(self._languages, p=self._weights))
        files = self._files[language]
        idx, file = files[int(rng.integers(len(files)))]
        corpus = self._corpora[idx]
        tokens = corpus.tokens[int(corpus.starts[file]) + 1 : int(corpus.starts[file + 1])]
        return language, self._vocabulary.decode(self._piece(tokens, rng).tolist()).removeprefix("\n").split("\n")

    def _weight(self, language: int, shares: dict[str, float] | None) -> float:
        if shares is None:
            return len(self._files[language])
        return sum(share for name, share in shares.items() if self._vocabulary.language(name) == language)

    def _piece(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Whole lines of at most `_MAX_TOKENS` tokens, from the head or from a newline on."""
        if len(tokens) <= _MAX_TOKENS:
            return tokens
        newlines = np.flatnonzero(self._vocabulary.is_newline[tokens])
        starts = newlines[newlines < len(tokens) - _MAX_TOKENS // 2]
        start = int(rng.choice(starts)) if len(starts) and rng.random() >= _AT_HEAD else 0
        ends = newlines[(newlines > start) & (newlines <= start + _MAX_TOKENS)]
        return tokens[start : ends[-1] if len(ends) else start + _MAX_TOKENS]
