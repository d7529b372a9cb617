"""`Lessons`: lets a teacher write batch after batch, and keeps the good programs.

A run may be stopped at any time. What a batch gave is in `programs.jsonl` before its line is in `log.jsonl`, and the
next run goes on with the batch after the last one logged. A batch depends only on seed and number.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..corpus.record import Record, append_lines, read_lines
from ..run_log import RunLog
from .answer import Answer
from .selection import Selection
from .task import TaskList

PROGRAMS = "programs.jsonl"


class Teacher(Protocol):
    """What answers requests: a model, or a list of answers in a test."""

    def write(self, requests: list[str], max_tokens: int, seed: int) -> list[Answer]: ...


@dataclass(frozen=True)
class Limits:
    """How much is written."""

    batch: int = 64
    """Requests that are answered at once."""
    max_tokens: int = 260
    """Tokens of an answer; one that is longer is not kept."""
    n_programs: int = 10_000
    minutes: float = float("inf")


class Lessons:
    """The programs that a teacher has written into a folder so far."""

    def __init__(self, folder: Path, tasks: TaskList, selection: Selection, seed: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._tasks, self._selection, self._seed = folder, tasks, selection, seed
        (folder / PROGRAMS).touch()
        programs = list(read_lines(folder / PROGRAMS))
        for program in programs:
            selection.recall(program)
        self._n_programs = len(programs)
        self._log = RunLog(folder)

    def run(self, teacher: Teacher, limits: Limits) -> None:
        """Writes until there are `n_programs` or the minutes are over."""
        end = time.monotonic() + limits.minutes * 60
        number = self._log.last("batch", "number", -1) + 1
        while self._n_programs < limits.n_programs and time.monotonic() < end:
            self._batch(teacher, limits, number)
            number += 1

    def _batch(self, teacher: Teacher, limits: Limits, number: int) -> None:
        started = time.monotonic()
        tasks = self._tasks.draw(limits.batch, random.Random(f"{self._seed} {number}"))
        answers = teacher.write([task.request for task in tasks], limits.max_tokens, self._seed + number)
        judged = [self._selection.judge(task, answer) for task, answer in zip(tasks, answers, strict=True)]
        kept = [it for it in judged if isinstance(it, Record)]
        append_lines(self._folder / PROGRAMS, kept)
        self._n_programs += len(kept)
        refused = Counter(it for it in judged if isinstance(it, str))
        values = {"kept": len(kept), "programs": self._n_programs, "refused": dict(refused)}
        self._log.write("batch", number=number, **values, took=round(time.monotonic() - started, 1))
