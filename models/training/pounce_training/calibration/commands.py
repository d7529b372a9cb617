"""The calibration's commands: `cut` and `curve`."""

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from ..corpus.record import read_shard
from .cut import Case, cut, split
from .picture import reliability_curve


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the commands to a parser."""
    cutting = commands.add_parser("cut", help="cut cases for calibration out of held-out packages")
    cutting.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    cutting.add_argument("--out", type=Path, required=True)
    cutting.add_argument("--n", type=int, default=6_000, dest="n_cases")
    cutting.add_argument("--seed", type=int, default=1)
    cutting.add_argument("--checking", action="store_true", help="from the packages that are kept for checking")
    cutting.set_defaults(run=_cut)
    drawing = commands.add_parser("curve", help="draw what `pounce eval --calibration --json` printed")
    drawing.add_argument("report", type=Path)
    drawing.add_argument("--out", type=Path, required=True)
    drawing.set_defaults(run=_draw)


def _cut(options: argparse.Namespace) -> None:
    shards = sorted(options.corpus.glob("held-*.jsonl.xz"))
    fitting, checking = split([record for shard in shards for record in read_shard(shard)])
    cases = cut(checking if options.checking else fitting, options.n_cases, options.seed)
    lines = [json.dumps(asdict(case), ensure_ascii=False) for case in cases]
    options.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(_report(cases))


def _draw(options: argparse.Namespace) -> None:
    report = json.loads(options.report.read_text(encoding="utf-8"))
    options.out.write_text(reliability_curve(report), encoding="utf-8")


def _report(cases: list[Case]) -> str:
    kinds, languages = Counter(case.kind for case in cases), Counter(case.language for case in cases)
    n_packages = len({case.source for case in cases})
    counts = [f"{n:6} {name}" for name, n in [*kinds.most_common(), *languages.most_common()]]
    return "\n".join([f"{len(cases)} cases of {n_packages} packages", *counts])
