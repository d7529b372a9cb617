"""The teacher's command: `teach`."""

import argparse
from pathlib import Path

import torch

from ..network.device import has_bfloat16
from .lesson import Lessons, Limits
from .overlap import read_cases
from .selection import Selection
from .syntax import parses
from .task import TaskList
from .writer import Writer

_ROOT = Path(__file__).resolve().parents[2]
_CASES = [_ROOT.parents[1] / "tests" / name for name in ("snippets", "midline", "edges")]


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command to a parser."""
    teaching = commands.add_parser("teach", help="let a larger local model write programs; goes on where it ended")
    teaching.add_argument("--teacher", type=Path, required=True, help="a GGUF file, or a folder of Hugging Face")
    teaching.add_argument("--name", help="the teacher's name in the records; the file's or folder's by default")
    teaching.add_argument("--tasks", type=Path, default=_ROOT / "tasks.toml")
    teaching.add_argument("--out", type=Path, default=Path("work/teacher"))
    teaching.add_argument("--cases", type=Path, nargs="*", default=[], help="evaluation cases beside the repository's")
    teaching.add_argument("--programs", type=int, default=Limits.n_programs, help="how many are wanted in all")
    teaching.add_argument("--minutes", type=float, default=Limits.minutes)
    teaching.add_argument("--batch", type=int, default=Limits.batch)
    teaching.add_argument("--threads", type=int, help="all cores by default")
    teaching.set_defaults(run=_teach)


def _teach(options: argparse.Namespace) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    missing = [path for path in [options.teacher, *options.cases] if not path.exists()]
    if missing:
        raise ValueError(f"{missing[0]} is missing: give the path of an existing file or folder")
    selection = Selection(options.name or options.teacher.stem, read_cases([*_CASES, *options.cases]), parses)
    lessons = Lessons(options.out, TaskList(options.tasks), selection)
    writer = Writer(options.teacher, torch.bfloat16 if has_bfloat16() else torch.float32)
    limits = Limits(options.batch, n_programs=options.programs, minutes=options.minutes)
    lessons.run(writer, limits)
