"""Batches made ahead by worker processes, in the order of their numbers."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..settings import Settings
from .encoded import load
from .sampler import Batch, Sampler
from .vocabulary import Vocabulary

_AHEAD = 4
# A worker that makes nothing for this many seconds has died.
_PATIENCE = 600


@contextmanager
def batches(folders: list[Path], tokenizer: Path, settings: Settings, first: int) -> Iterator[Iterator[Batch]]:
    """The batches from number `first` on. Without workers they are made in this process."""
    if settings.workers == 0:
        sampler = _sampler(folders, tokenizer, settings)
        yield (sampler.batch(number) for number in range(first, settings.steps))
        return
    # Not forked, because the parent holds a GPU.
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(_AHEAD) for _ in range(settings.workers)]
    processes = [
        context.Process(target=_make, args=(folders, tokenizer, settings, first + i, queue), daemon=True)
        for i, queue in enumerate(queues)
    ]
    for process in processes:
        process.start()
    try:
        yield (queues[(number - first) % len(queues)].get(timeout=_PATIENCE) for number in range(first, settings.steps))
    finally:
        for process in processes:
            process.terminate()


def _make(folders: list[Path], tokenizer: Path, settings: Settings, first: int, queue: multiprocessing.Queue) -> None:
    """Makes every `workers`-th batch from `first` on. The parent decides when to stop, also on an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sampler = _sampler(folders, tokenizer, settings)
    for number in range(first, settings.steps, settings.workers):
        queue.put(sampler.batch(number))


def _sampler(folders: list[Path], tokenizer: Path, settings: Settings) -> Sampler:
    return Sampler(load(folders), Vocabulary(tokenizer), settings)
