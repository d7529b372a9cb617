"""`Settings` of a run, from a TOML file: sizes, rates, and which samples are drawn when."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Sizes:
    """Sizes of the network. The defaults are the embedded model's, which the converter and the engine support."""

    vocabulary: int = 16384
    width: int = 512
    heads: int = 8
    head_size: int = 64
    feed_forward: int = 2048
    encoder_layers: int = 8
    decoder_layers: int = 4
    buckets: int = 64
    max_distance: int = 512
    max_prompt: int = 448


@dataclass(frozen=True)
class Shape:
    """Samples of one kind. Unless `batch_tokens` mixes them, a batch has samples of one shape."""

    share: float
    """How often it is drawn, relative to the phase's others: batches, or samples where batches are mixed."""
    input_tokens: int
    target_tokens: int
    samples: int = 0
    """Samples of a batch of this shape alone."""
    kind: str = "window"
    """`window`: full windows inside files. `snippet`: short pieces that stand alone, on whole tokens. The others are
    requests as people make them: `inside`, `line`, `short`, `block` and, of a teacher's programs, `program`."""
    modes: dict[str, float] = field(default_factory=dict)
    """Shares of `line`, `block` and `free`, for windows and snippets."""
    suffix: float = 0.0
    """Share of windows and snippets that show the code after the target."""


@dataclass(frozen=True)
class Phase:
    """The batch shapes in use from `start` on, a share of all steps."""

    start: float
    shapes: list[Shape]


@dataclass(frozen=True)
class Settings:
    """Everything that two runs on one corpus must share to give the same weights."""

    steps: int
    phases: list[Phase]
    sizes: Sizes = Sizes()
    seed: int = 0
    warm_up: int = 150
    """Steps in which the rates rise, also after a start without the optimizer's state."""
    decay: float = 0.45
    """The share of steps, at the end, in which the rates fall to zero."""
    batch_tokens: int = 0
    """About how many tokens a batch of all shapes together has; 0: batches of one shape each."""
    languages: dict[str, float] = field(default_factory=dict)
    """Shares of languages in requests, but for those of kind `program`."""
    frozen_layers: int = 0
    """The first encoder layers, whose weights stay as they are."""
    is_embedding_frozen: bool = False
    """Whether the embedding, with the head, and the encoder's positions stay as they are."""
    uses_bfloat16: bool = False
    """Whether a processor that multiplies in bfloat16 does so. A GPU always does."""
    rate_all: float = 0.0
    """The rate of AdamW for everything; 0: Muon for the matrices, and AdamW at the rates below for the others."""
    rate_matrices: float = 0.02
    rate_embedding: float = 0.012
    rate_biases: float = 0.01
    rate_norms: float = 0.003
    weight_decay: float = 0.02
    log_every: int = 50
    evaluate_minutes: float = 2.0
    save_minutes: float = 2.0
    cases: int = 300
    workers: int = 7

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Reads a file; an unknown key is an error that names it."""
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        phases = [
            Phase(it["start"], [_checked(Shape, shape, path) for shape in it["shapes"]]) for it in raw.pop("phases", [])
        ]
        sizes = _checked(Sizes, raw.pop("sizes", {}), path)
        return _checked(cls, {**raw, "phases": phases, "sizes": sizes}, path)

    def phase(self, progress: float) -> Phase:
        """The phase at `progress`, a share of all steps."""
        return [phase for phase in self.phases if phase.start <= progress][-1]

    def rate(self, step: int, steps_since_start: int) -> float:
        """The factor of all rates at a step, from 0 to 1."""
        rising = min(1.0, (steps_since_start + 1) / max(1, self.warm_up))
        falling = min(1.0, max(0.0, (1 - step / self.steps) / max(self.decay, 1e-9)))
        return rising * falling


def _checked(kind: type, values: dict[str, Any], path: Path) -> Any:
    unknown = set(values) - {it.name for it in fields(kind)}
    if unknown:
        raise ValueError(f"{path} has an unknown key: {sorted(unknown)[0]}")
    return kind(**values)
