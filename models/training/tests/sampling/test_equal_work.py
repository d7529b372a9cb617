"""Batches of equal work: like lengths together."""

from pathlib import Path

import numpy as np

from pounce_training.network.sampling.batch import Batcher
from pounce_training.network.sampling.equal_work import split, work
from pounce_training.network.sampling.sampler import Corpora, Sampler
from pounce_training.network.settings import Phase, Settings, Shape

from .support import corpus, vocabulary

SHAPES = [Shape(0.5, 40, 16, kind="inside"), Shape(0.5, 24, 16, kind="snippet", modes={"line": 1.0})]
SETTINGS = Settings(steps=64, phases=[Phase(0.0, SHAPES)], batch_tokens=600)


def batcher(folder: Path) -> Batcher:
    return Batcher(Sampler(Corpora([corpus(folder)]), vocabulary(), {}), vocabulary().pad, SETTINGS)


def test_every_sample_is_in_one_batch_and_no_batch_has_much_more_to_do() -> None:
    rng = np.random.default_rng(0)
    samples = [([1] * int(rng.integers(4, 200)), [1] * int(rng.integers(1, 60))) for _ in range(500)]
    batches = split(samples, 16)
    assert sorted(i for batch in batches for i in batch) == list(range(500))
    longest = [tuple(max((samples[i][part] for i in it), key=len) for part in (0, 1)) for it in batches]
    padded = [len(batch) * work(sample) for batch, sample in zip(batches, longest, strict=True)]
    assert len(batches) == 16 and max(padded[:-1]) < 1.2 * min(padded[:-1]), padded
    assert sum(padded) < 1.35 * sum(map(work, samples)), "in any order there would be twice the work"


def test_batches_of_mixed_shapes_follow_from_their_number(tmp_path: Path) -> None:
    first, again = batcher(tmp_path), batcher(tmp_path)
    assert all(np.array_equal(first.batch(n).inputs, again.batch(n).inputs) for n in (40, 3, 17))
    together = [first.batch(n) for n in range(16)]
    assert all(batch.is_padded and len(batch.inputs) == len(batch.targets) for batch in together)
    tokens = sum(int((batch.inputs != vocabulary().pad).sum()) for batch in together)
    assert 16 * 600 * 0.4 < tokens < 16 * 600 * 1.1, "as much as was asked for, the targets' share taken off"
