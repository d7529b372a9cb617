"""`HeldOut`: requests of every kind that a run learns, cut from texts that it does not learn from.

By these alone weights are chosen: no evaluation case comes from them.
"""

from pathlib import Path

import numpy as np
import torch

from ...corpus.filters.hold_out import is_evaluated
from ...corpus.record import read_shard
from ..model import T5, padding_mask
from ..sampling.batch import padded
from ..sampling.encoded import encode_records
from ..sampling.programs import Part, read
from ..sampling.requests.kinds import BLOCK_KINDS, KINDS
from ..sampling.requests.request import Request
from ..sampling.sampler import Corpora, Sample, Sampler
from ..sampling.vocabulary import Vocabulary
from ..settings import Settings, Shape
from .cases import Case

_SEED = 123
_BATCH = 32


class HeldOut:
    """The same requests at every evaluation."""

    def __init__(self, sampler: Sampler, vocabulary: Vocabulary, settings: Settings) -> None:
        self._vocabulary = vocabulary
        self._samples: dict[str, list[Sample]] = {}
        self.cases: list[Case] = []
        """Those that ask for a line; a block is not compared to the character."""
        rng = np.random.default_rng(_SEED)
        for shape in {it.kind: it for it in settings.phases[-1].shapes if it.kind in KINDS}.values():
            requests = _requests(sampler, vocabulary, shape, settings.cases, rng)
            self._samples[shape.kind] = [it.tokens(vocabulary, shape.input_tokens, it.language) for it in requests]
            if shape.kind not in BLOCK_KINDS:
                self.cases += [_case(it, vocabulary, shape) for it in requests]

    @torch.no_grad()
    def losses(self, network: T5, dtype: torch.dtype) -> dict[str, float]:
        """The mean cross entropy of the targets' tokens, by kind."""
        return {kind: round(self._loss(network, samples, dtype), 4) for kind, samples in self._samples.items()}

    def _loss(self, network: T5, samples: list[Sample], dtype: torch.dtype) -> float:
        total, n_tokens = 0.0, 0
        for start in range(0, len(samples), _BATCH):
            batch = padded(samples[start : start + _BATCH], self._vocabulary.pad)
            device = network.embedding.weight.device
            inputs, targets = torch.from_numpy(batch.inputs).to(device), torch.from_numpy(batch.targets).to(device)
            mask = padding_mask(inputs, self._vocabulary.pad)
            total += float(network.losses(inputs, targets, mask, self._vocabulary.pad, dtype).sum())
            n_tokens += int((targets >= 0).sum())
        return total / max(1, n_tokens)


def held_corpora(shards: list[Path], programs: Path | None, vocabulary: Vocabulary) -> Corpora:
    """The held-out packages that no evaluation case comes from, and the held-out programs."""
    records = [it for shard in sorted(shards) for it in read_shard(shard) if not is_evaluated(it.package)]
    if not records:
        raise ValueError("no held-out package is left that no evaluation case comes from: give others with --held")
    held = read(programs, vocabulary, Part.HELD) if programs else None
    return Corpora([encode_records(records, vocabulary)], held)


def _requests(
    sampler: Sampler, vocabulary: Vocabulary, shape: Shape, n_requests: int, rng: np.random.Generator
) -> list[Request]:
    found: list[Request] = []
    while len(found) < n_requests:
        request = sampler.requests.draw(shape.kind, rng)
        _, target = request.tokens(vocabulary, shape.input_tokens, request.language)
        found += [request] if len(target) <= shape.target_tokens else []
    return found


def _case(request: Request, vocabulary: Vocabulary, shape: Shape) -> Case:
    inputs, forced = request.prompt(vocabulary, shape.input_tokens, request.language)
    return Case(request.kind, inputs, forced, request.target)
