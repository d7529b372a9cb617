"""`Batcher`: puts samples together. The same seed and number always give the same batch.

So a run that is cut off continues with the number after its last step, without any state of the sampler,
and any number of processes may make batches.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..settings import Settings, Shape
from .equal_work import split, work
from .sampler import Sample, Sampler

IGNORED = -100
"""Marks positions after the end of a target, where no loss is computed."""
_POOL = 16
"""Batches whose samples are drawn together where shapes are mixed, so that each may have samples of like lengths."""


@dataclass(frozen=True)
class Batch:
    """One step's samples."""

    inputs: np.ndarray
    """`[samples, input_tokens]`, int64; padded at the end if `is_padded`."""
    targets: np.ndarray
    """`[samples, target_tokens]`, int64, `IGNORED` past the end."""
    is_padded: bool


class Batcher:
    """Makes batches of one shape each, or of all shapes and about equal work."""

    def __init__(self, sampler: Sampler, pad: int, settings: Settings) -> None:
        self._sampler, self._pad, self._settings = sampler, pad, settings
        self._pool = lru_cache(maxsize=1)(self._draw_pool)

    def batch(self, number: int) -> Batch:
        """The batch of step `number`."""
        if self._settings.batch_tokens:
            pool = self._pool(number // _POOL)
            return pool[number % _POOL % len(pool)]
        rng = np.random.default_rng([self._settings.seed, number])
        shape = self._shape(number, rng)
        samples = [self._sampler.sample(shape, rng) for _ in range(shape.samples)]
        return padded(samples, self._pad, shape)

    def _draw_pool(self, pool: int) -> list[Batch]:
        rng = np.random.default_rng([self._settings.seed, pool])
        samples: list[Sample] = []
        missing = float(_POOL * self._settings.batch_tokens)
        while missing > 0:
            samples.append(self._sampler.sample(self._shape(pool * _POOL, rng), rng))
            missing -= work(samples[-1])
        batches = [padded([samples[i] for i in batch], self._pad) for batch in split(samples, _POOL)]
        return [batches[i] for i in rng.permutation(len(batches))]

    def _shape(self, number: int, rng: np.random.Generator) -> Shape:
        """A shape of the phase at step `number`, by the shares."""
        shapes = self._settings.phase(number / self._settings.steps).shapes
        shares = np.array([shape.share for shape in shapes])
        return shapes[rng.choice(len(shapes), p=shares / shares.sum())]


def padded(samples: list[Sample], pad: int, shape: Shape | None = None) -> Batch:
    """A batch as large as `shape`, or as its longest samples."""
    n_inputs = shape.input_tokens if shape else max(len(it) for it, _ in samples)
    n_targets = shape.target_tokens if shape else max(len(it) for _, it in samples)
    inputs = np.full((len(samples), n_inputs), pad, np.int64)
    targets = np.full((len(samples), n_targets), IGNORED, np.int64)
    for row, (sample_input, sample_target) in enumerate(samples):
        inputs[row, : len(sample_input)] = sample_input
        targets[row, : len(sample_target)] = sample_target
    return Batch(inputs, targets, is_padded=shape is None or shape.kind != "window")
