"""Pounce through the app: from the hotkey's event to the changed clipboard, on a display of its own."""

import re
import subprocess
from dataclasses import dataclass

from models import REPOSITORY

COMMAND = "cargo test --release --locked --test desktop -- --ignored figures --nocapture".split()
PRESSES = re.compile(r"(\d+) presses: p50 ([\d.]+) ms, p95 ([\d.]+) ms, worst ([\d.]+) ms")


@dataclass
class Measured:
    presses: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    # All lines with figures that the measurement printed, such as start time and memory.
    lines: list


@dataclass
class Unmeasured:
    why: str


def measure():
    done = subprocess.run(COMMAND, cwd=REPOSITORY, capture_output=True, text=True)
    found = PRESSES.search(done.stdout)
    if not found:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        return Unmeasured(last[0] if last else f"it ended with {done.returncode}")
    # The first line follows the name of its test on the same line.
    lines = [line.split("... ")[-1] for line in done.stdout.splitlines() if re.search(r"\d (MB|ms)\b", line)]
    return Measured(int(found[1]), *(float(found[i]) for i in (2, 3, 4)), lines)
