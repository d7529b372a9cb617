"""`exact_match`: completes cases greedily, as the engine does, and counts the exact ones."""

from collections import defaultdict

import torch

from ..model import T5, padding_mask
from ..sampling.vocabulary import Vocabulary
from .cases import Case

_BATCH = 64
_MAX_TOKENS = 48


@torch.no_grad()
def exact_match(network: T5, vocabulary: Vocabulary, cases: list[Case], dtype: torch.dtype) -> dict[str, float]:
    """The share of each kind of case whose completion is the line's rest but for white space at its end."""
    hits: dict[str, list[bool]] = defaultdict(list)
    # Sorted by length, so that batches need little padding.
    ordered = sorted(cases, key=lambda case: len(case.inputs))
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        for case, text in zip(batch, complete(network, vocabulary, batch, dtype), strict=True):
            hits[case.kind].append(text.rstrip() == case.target.rstrip())
    return {kind: round(sum(found) / len(found), 4) for kind, found in sorted(hits.items())}


@torch.no_grad()
def complete(network: T5, vocabulary: Vocabulary, cases: list[Case], dtype: torch.dtype) -> list[str]:
    """The line that the network writes for each case."""
    device = network.embedding.weight.device
    length = max(len(case.inputs) for case in cases)
    rows = [case.inputs + [vocabulary.pad] * (length - len(case.inputs)) for case in cases]
    inputs = torch.tensor(rows, device=device)
    mask = padding_mask(inputs, vocabulary.pad)
    memory = network.encode(inputs, mask, dtype)
    lines = [_Line(vocabulary, case.forced) for case in cases]
    written = torch.full((len(cases), 1), vocabulary.pad, device=device)
    for _ in range(_MAX_TOKENS):
        logits = network.logits(network.decode(written, memory, mask)[:, -1]).float().cpu()
        chosen = [line.choose(row) for line, row in zip(lines, logits, strict=True)]
        written = torch.cat([written, torch.tensor(chosen, device=device)[:, None]], dim=1)
        if all(line.is_done for line in lines):
            break
    return [line.text() for line in lines]


class _Line:
    """A completion in progress: first the forced bytes, then tokens until the line ends."""

    def __init__(self, vocabulary: Vocabulary, forced: bytes) -> None:
        self._vocabulary = vocabulary
        self._forced = forced
        self._n_forced = len(forced)
        self._bytes = b""
        self.is_done = False

    def choose(self, logits: torch.Tensor) -> int:
        """The next token; padding once the line is done."""
        if self.is_done:
            return self._vocabulary.pad
        if self._forced:
            logits = logits.masked_fill(~torch.from_numpy(self._vocabulary.agreeing(self._forced)), -torch.inf)
        token = int(logits.argmax())
        piece = self._vocabulary.bytes[token]
        self._forced = self._forced[len(piece) :]
        self._bytes += piece
        self.is_done = token == self._vocabulary.end or b"\n" in self._code()
        return token

    def text(self) -> str:
        return self._completion().decode("utf-8", "replace")

    def _completion(self) -> bytes:
        rest = self._bytes[self._n_forced :]
        code = self._code()
        return rest[: len(rest) - len(code)] + code.partition(b"\n")[0]

    def _code(self) -> bytes:
        """The completion from its first non-blank character on."""
        return self._bytes[self._n_forced :].lstrip()
