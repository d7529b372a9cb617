"""Batches made ahead by worker processes, in the order of their numbers."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..settings import Settings
from .batch import Batch, Batcher
from .encoded import load
from .programs import Part, read
from .sampler import Corpora, Sampler
from .vocabulary import Vocabulary

_AHEAD = 4
# A worker that makes nothing for this many seconds has died.
_PATIENCE = 600


@dataclass(frozen=True)
class Sources:
    """The files that samples are made of."""

    encoded: list[Path]
    """Folders of encoded shards."""
    tokenizer: Path
    programs: Path | None = None
    """A teacher's programs, as `teach` writes them."""


@contextmanager
def batches(sources: Sources, settings: Settings, first: int) -> Iterator[Iterator[Batch]]:
    """The batches from number `first` on. Without workers they are made in this process."""
    if settings.workers == 0:
        batcher = _batcher(sources, settings)
        yield (batcher.batch(number) for number in range(first, settings.steps))
        return
    # Not forked, because the parent holds a GPU.
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(_AHEAD) for _ in range(settings.workers)]
    processes = [
        context.Process(target=_make, args=(sources, settings, first + i, queue), daemon=True)
        for i, queue in enumerate(queues)
    ]
    for process in processes:
        process.start()
    try:
        yield (queues[(number - first) % len(queues)].get(timeout=_PATIENCE) for number in range(first, settings.steps))
    finally:
        for process in processes:
            process.terminate()


def _make(sources: Sources, settings: Settings, first: int, queue: multiprocessing.Queue) -> None:
    """Makes every `workers`-th batch from `first` on. The parent decides when to stop, also on an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    batcher = _batcher(sources, settings)
    for number in range(first, settings.steps, settings.workers):
        queue.put(batcher.batch(number))


def _batcher(sources: Sources, settings: Settings) -> Batcher:
    vocabulary = Vocabulary(sources.tokenizer)
    programs = read(sources.programs, vocabulary, Part.LEARNT) if sources.programs else None
    sampler = Sampler(Corpora(load(sources.encoded), programs), vocabulary, settings.languages)
    return Batcher(sampler, vocabulary.pad, settings)
