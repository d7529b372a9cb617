"""`split`: sorts samples by length and splits them into batches that take about equally long."""

from .sampler import Sample

_TARGET_WORK = 1.5
"""The work of a token of the target, relative to one of the input: the decoder is smaller, but has the head."""
_TARGET_STEP = 12
"""Targets whose lengths differ by less are sorted by their inputs."""


def split(samples: list[Sample], n_batches: int) -> list[list[int]]:
    """The indices of the samples of at most `n_batches` batches, of which the largest, padding included, is as small
    as it can be in that order."""
    order = sorted(range(len(samples)), key=lambda i: _place(samples[i]))
    low, high = 0.0, float(len(samples) * _padded(samples, order))
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_pack(samples, order, middle)) <= n_batches else (middle, high)
    return _pack(samples, order, high)


def work(sample: Sample) -> float:
    """The work of a sample, in tokens of the input."""
    inputs, target = sample
    return len(inputs) + _TARGET_WORK * len(target)


def _place(sample: Sample) -> tuple[int, int]:
    """Where a sample stands in the order: inputs get longer and shorter by turns, so that neighbours are alike."""
    inputs, target = sample
    step = len(target) // _TARGET_STEP
    return step, len(inputs) * (1 if step % 2 == 0 else -1)


def _pack(samples: list[Sample], order: list[int], max_work: float) -> list[list[int]]:
    """Batches of samples that follow each other, each with at most `max_work`, or of one sample."""
    batches: list[list[int]] = [[]]
    n_inputs = n_targets = 0
    for i in order:
        inputs, target = samples[i]
        n_inputs, n_targets = max(n_inputs, len(inputs)), max(n_targets, len(target))
        if batches[-1] and (len(batches[-1]) + 1) * (n_inputs + _TARGET_WORK * n_targets) > max_work:
            batches.append([])
            n_inputs, n_targets = len(inputs), len(target)
        batches[-1].append(i)
    return batches


def _padded(samples: list[Sample], batch: list[int]) -> float:
    """The work of one sample that is padded to a batch's longest."""
    return max(len(samples[i][0]) for i in batch) + _TARGET_WORK * max(len(samples[i][1]) for i in batch)
