"""`Sampler`: draws batches. The same seed and number always give the same batch.

So a run that is cut off continues with the number after its last step, without any state of the sampler,
and any number of processes may make batches.
"""

from dataclasses import dataclass

import numpy as np

from ..settings import Settings, Shape
from .encoded import EncodedCorpus
from .snippet import Snippets
from .target import Target, Targets
from .vocabulary import Vocabulary

IGNORED = -100
"""Marks positions after the end of a target, where no loss is computed."""
_UNKNOWN_LANGUAGE = 0.15
_CUT_WORD = 0.3
_MIN_SUFFIX = 4


@dataclass(frozen=True)
class Batch:
    """One step's samples."""

    inputs: np.ndarray
    """`[samples, input_tokens]`, int64; snippets are padded at the end."""
    targets: np.ndarray
    """`[samples, target_tokens]`, int64, `IGNORED` past the end."""
    is_padded: bool


class Sampler:
    """Draws from one or more corpora, in proportion to their lengths."""

    def __init__(self, corpora: list[EncodedCorpus], vocabulary: Vocabulary, settings: Settings) -> None:
        self._vocabulary = vocabulary
        self._settings = settings
        self._targets = [Targets(corpus, vocabulary) for corpus in corpora]
        self._snippets = [Snippets(targets, vocabulary) for targets in self._targets]
        lengths = np.array([len(corpus.tokens) for corpus in corpora], float)
        self._shares = lengths / lengths.sum()

    def batch(self, number: int) -> Batch:
        """The batch of step `number`."""
        rng = np.random.default_rng([self._settings.seed, number])
        shapes = self._settings.phase(number / self._settings.steps).shapes
        shares = np.array([shape.share for shape in shapes])
        shape = shapes[rng.choice(len(shapes), p=shares / shares.sum())]
        inputs = np.full((shape.samples, shape.input_tokens), self._vocabulary.pad, np.int64)
        targets = np.full((shape.samples, shape.target_tokens), IGNORED, np.int64)
        for row in range(shape.samples):
            sample_input, sample_target = self._sample(shape, rng)
            inputs[row, : len(sample_input)] = sample_input
            targets[row, : len(sample_target)] = sample_target
        return Batch(inputs, targets, shape.is_snippet)

    def _sample(self, shape: Shape, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        corpus_idx = int(rng.choice(len(self._shares), p=self._shares))
        mode = str(rng.choice(list(shape.modes), p=list(shape.modes.values())))
        draw = self._snippet if shape.is_snippet else self._window
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
