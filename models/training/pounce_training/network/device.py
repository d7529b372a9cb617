"""The device that a run computes on, and in which precision."""

from pathlib import Path

import torch

# What processors that multiply in bfloat16 call it: x86's AVX-512 and AMX, Arm.
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
_CPUINFO = Path("/proc/cpuinfo")


def device() -> str:
    """`cuda` where there is a GPU, or else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def has_bfloat16() -> bool:
    """Whether the device multiplies in bfloat16. Others compute it by way of float32, which is slower than that."""
    if device() == "cuda":
        return True
    return _CPUINFO.is_file() and not _BFLOAT16.isdisjoint(_CPUINFO.read_text(encoding="utf-8").split())
