"""`Checkpoint`: all that a run needs to go on, in one file that is whole or not there."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

FILE_NAME = "checkpoint.pt"


@dataclass
class Checkpoint:
    """A moment of a run. The sampler's state is the step: batches follow from seed and number."""

    step: int
    """Steps done, over all stretches."""
    n_tokens: int
    steps_since_start: int
    """Steps since the optimizer's state was empty."""
    network: dict[str, torch.Tensor]
    optimizer: dict[str, Any] | None
    """`None` where only the weights were carried over: the rates rise again."""
    random: torch.Tensor

    def save(self, folder: Path) -> None:
        """Replaces the file of an earlier moment, in one move."""
        partial = folder / f"{FILE_NAME}.partial"
        torch.save(vars(self), partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(folder / FILE_NAME)

    @classmethod
    def load(cls, folder: Path) -> "Checkpoint | None":
        """The last moment saved; `None` if there is none."""
        path = folder / FILE_NAME
        return cls(**torch.load(path, map_location="cpu")) if path.is_file() else None
