"""Packed checkpoints: the weights alone, one byte each, in files small enough to transfer.

Each row of a matrix is stored as 8-bit integers and one scale; other tensors stay as they are. This serves
machines that keep no files and limit transfers. The optimizer's state is not packed, so the rates rise again
after unpacking.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load, save

from .checkpoint import Checkpoint

_PREFIX = "packed."
_MIB = 1 << 20


def pack(checkpoint: Checkpoint, folder: Path, part_mib: int) -> list[Path]:
    """Writes the parts, each of at most `part_mib` MiB, and deletes older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, weights in checkpoint.network.items():
        values = weights.float().numpy()
        if values.ndim == 2:
            scale = np.maximum(np.abs(values).max(1, keepdims=True) / 127, 1e-12).astype(np.float32)
            tensors[name] = np.round(values / scale).astype(np.int8)
            tensors[f"{name}/scale"] = scale
        else:
            tensors[name] = values
    progress = {"step": checkpoint.step, "n_tokens": checkpoint.n_tokens}
    data = save(tensors, metadata={"progress": json.dumps(progress)})
    for old in folder.glob(f"{_PREFIX}*"):
        old.unlink()
    size = part_mib * _MIB
    paths = []
    for idx, start in enumerate(range(0, len(data), size)):
        paths.append(folder / f"{_PREFIX}{idx:02}")
        paths[-1].write_bytes(data[start : start + size])
    return paths


def unpack(folder: Path) -> Checkpoint:
    """Reads the parts back into a checkpoint without an optimizer."""
    parts = sorted(folder.glob(f"{_PREFIX}*"))
    if not parts:
        raise ValueError(f"{folder} has no packed checkpoint")
    data = b"".join(part.read_bytes() for part in parts)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    progress = json.loads(header["__metadata__"]["progress"])
    tensors = load(data)
    network = {
        name: torch.from_numpy(values.astype(np.float32) * tensors.get(f"{name}/scale", np.float32(1)))
        for name, values in tensors.items()
        if not name.endswith("/scale")
    }
    return Checkpoint(progress["step"], progress["n_tokens"], 0, network, None, torch.get_rng_state())
