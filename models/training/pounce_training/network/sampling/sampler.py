"""`Sampler`: draws samples of every kind: windows and snippets as tokens of the corpus, requests as text."""

from dataclasses import dataclass

import numpy as np

from ..settings import Shape
from .encoded import EncodedCorpus
from .requests.kinds import KINDS
from .requests.request import Requests
from .requests.texts import Texts
from .snippet import Snippets
from .target import Target, Targets
from .vocabulary import Vocabulary

_UNKNOWN_LANGUAGE = 0.15
_CUT_WORD = 0.3
_MIN_SUFFIX = 4

Sample = tuple[list[int], list[int]]
"""The encoder's input, and the target."""


@dataclass(frozen=True)
class Corpora:
    """What samples are drawn from."""

    source: list[EncodedCorpus]
    programs: EncodedCorpus | None = None
    """A teacher's programs; `None` if no kind asks for them."""


class Sampler:
    """Draws windows and snippets in proportion to the lengths of the corpora, and requests by language."""

    def __init__(self, corpora: Corpora, vocabulary: Vocabulary, languages: dict[str, float]) -> None:
        self._vocabulary = vocabulary
        self._targets = [Targets(corpus, vocabulary) for corpus in corpora.source]
        self._snippets = [Snippets(targets, vocabulary) for targets in self._targets]
        lengths = np.array([len(corpus.tokens) for corpus in corpora.source], float)
        self._shares = lengths / lengths.sum()
        programs = Texts([corpora.programs], vocabulary) if corpora.programs else None
        self.requests = Requests(Texts(corpora.source, vocabulary, languages or None), programs)

    def sample(self, shape: Shape, rng: np.random.Generator) -> Sample:
        """A sample of a shape's kind, no longer than the shape."""
        return self._request(shape, rng) if shape.kind in KINDS else self._of_tokens(shape, rng)

    def _request(self, shape: Shape, rng: np.random.Generator) -> Sample:
        """A request. One whose target is too long is drawn again: half a line is no completion."""
        while True:
            request = self.requests.draw(shape.kind, rng)
            language = self._vocabulary.any_language if rng.random() < _UNKNOWN_LANGUAGE else request.language
            inputs, target = request.tokens(self._vocabulary, shape.input_tokens, language)
            if len(target) <= shape.target_tokens:
                return inputs, target

    def _of_tokens(self, shape: Shape, rng: np.random.Generator) -> Sample:
        corpus_idx = int(rng.choice(len(self._shares), p=self._shares))
        mode = str(rng.choice(list(shape.modes), p=list(shape.modes.values())))
        draw = self._snippet if shape.kind == "snippet" else self._window
        drawn = None
        while drawn is None:
            drawn = draw(corpus_idx, mode, shape, rng)
        prefix, target, columns = drawn
        corpus = self._targets[corpus_idx].corpus
        completion = self._dedented(corpus.tokens[target.start : target.end].tolist(), columns)
        if rng.random() < _CUT_WORD and (halves := self._vocabulary.halves(completion[0], rng)):
            prefix, completion = [*prefix, *halves[0]], [*halves[1], *completion[1:]]
        suffix = self._dedented(self._suffix(corpus, target, mode, shape, rng), columns)
        language = int(corpus.languages[target.file])
        if rng.random() < _UNKNOWN_LANGUAGE:
            language = self._vocabulary.any_language
        kept = prefix[-(shape.input_tokens - 2 - len(suffix)) :]
        if target.is_complete:
            completion.append(self._vocabulary.end)
        return [language, *kept, self._vocabulary.sentinels[mode], *suffix], completion[: shape.target_tokens]

    def _window(
        self, corpus_idx: int, mode: str, shape: Shape, rng: np.random.Generator
    ) -> tuple[list[int], Target, int] | None:
        """A window that ends at a random cursor: its tokens, which may begin in the file before; the target; and 0."""
        targets = self._targets[corpus_idx]
        n_tokens = len(targets.corpus.tokens)
        first = min(shape.input_tokens, n_tokens // 2)
        target = targets.at(int(rng.integers(first, n_tokens)), mode, shape.target_tokens, rng)
        if target is None:
            return None
        prefix = targets.corpus.tokens[max(0, target.start - shape.input_tokens) : target.start].tolist()
        # A window is never padded: only at the beginning of the corpus are there too few tokens.
        missing = shape.input_tokens - len(prefix)
        return [self._vocabulary.file] * missing + prefix, target, 0

    def _snippet(
        self, corpus_idx: int, mode: str, shape: Shape, rng: np.random.Generator
    ) -> tuple[list[int], Target, int] | None:
        """A snippet on its own: its tokens; the target; and the columns of indentation taken off both."""
        targets = self._targets[corpus_idx]
        snippet = self._snippets[corpus_idx].draw(shape.input_tokens - 2, rng)
        target = targets.at(snippet.cursor, mode, shape.target_tokens, rng)
        if target is None or target.file != targets.corpus.file_of(snippet.start):
            return None
        tokens = targets.corpus.tokens
        body = self._dedented(tokens[snippet.start : target.start].tolist(), snippet.columns)
        if not body or len(body) > shape.input_tokens - 2:
            return None
        start, end = snippet.imports
        imports = [*tokens[start:end].tolist(), *self._vocabulary.encode("\n\n")] if end > start else []
        return [*imports, *body], target, snippet.columns

    def _dedented(self, tokens: list[int], columns: int) -> list[int]:
        if columns == 0:
            return tokens
        is_newline = self._vocabulary.is_newline
        pieces = (self._vocabulary.dedented(it, columns) if is_newline[it] else [it] for it in tokens)
        return [token for piece in pieces for token in piece]

    def _suffix(
        self, corpus: EncodedCorpus, target: Target, mode: str, shape: Shape, rng: np.random.Generator
    ) -> list[int]:
        """Some tokens after the target in its file, at most a third of the input, as in the engine."""
        end_of_file = int(corpus.starts[target.file + 1])
        is_shown = rng.random() < shape.suffix and target.end < end_of_file
        if not is_shown or (mode == "free" and not target.is_complete):
            return []
        n_tokens = int(rng.integers(_MIN_SUFFIX, max(_MIN_SUFFIX + 2, shape.input_tokens // 3)))
        return corpus.tokens[target.end : min(end_of_file, target.end + n_tokens)].tolist()
