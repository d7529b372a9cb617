"""`Checkpoint`: everything a run needs to continue, in one file that is written whole or not at all."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

FILE_NAME = "checkpoint.pt"


@dataclass
class Checkpoint:
    """The state of a run after a step. Batches follow from seed and step, so the sampler needs no state."""

    step: int
    """Steps done, over all stretches."""
    n_tokens: int
    steps_since_start: int
    """Steps since the optimizer's state was empty."""
    network: dict[str, torch.Tensor]
    optimizer: dict[str, Any] | None
    """`None` if only the weights were carried over: the rates then rise again."""
    random: torch.Tensor

    def save(self, folder: Path) -> None:
        """Replaces the previous file atomically."""
        partial = folder / f"{FILE_NAME}.partial"
        torch.save(vars(self), partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(folder / FILE_NAME)

    @classmethod
    def load(cls, folder: Path) -> "Checkpoint | None":
        """The last state saved; `None` if there is none."""
        path = folder / FILE_NAME
        return cls(**torch.load(path, map_location="cpu")) if path.is_file() else None
