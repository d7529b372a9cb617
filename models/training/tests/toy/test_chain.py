"""From text to a converted model that completes a line it has learnt by heart, before and after fine-tuning."""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from pounce_training.corpus.record import read_lines
from pounce_training.network.sampling.programs import is_held
from pounce_training.teacher.answer import Answer
from pounce_training.teacher.lesson import PROGRAMS, Lessons, Limits
from pounce_training.teacher.overlap import CaseLines
from pounce_training.teacher.selection import Selection
from pounce_training.teacher.task import TaskList

from ..paths import ROOT

SETTINGS, FINE_TUNE = ROOT / "settings/toy.toml", ROOT / "settings/toy-fine-tune.toml"
SOURCES = ROOT.parents[1] / "src-tauri/engine"

# Nearly every file of the sources contains it.
PREFIX, COMPLETION = "#[cfg(test)]\nmod tests {\n    use ", "super::*;"


def run(folder: Path, command: str) -> str:
    """Runs a step and prints how long it took."""
    started = time.monotonic()
    done = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, text=True, check=False)
    print(f"{time.monotonic() - started:6.1f} s  {command.split(' -m ')[-1][:60]}", flush=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-600:]}{done.stderr[-600:]}"
    return done.stdout


class Copyist:
    """A teacher that answers with pieces of our own sources, the next one each time."""

    def __init__(self) -> None:
        texts = (path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.rs")))
        self._pieces = (piece for text in texts for piece in text.split("\n\n") if "fn " in piece)

    def write(self, requests: list[str], max_tokens: int, seed: int) -> list[Answer]:
        return [Answer(f"```rust\n{next(self._pieces)}\n```", is_ended=True) for _ in requests]


def teach(folder: Path) -> Path:
    """The programs that a teacher wrote; some of them are held out."""
    selection = Selection("copyist", CaseLines(), lambda language, text: True)
    Lessons(folder, TaskList(ROOT / "tasks.toml"), selection).run(Copyist(), Limits(batch=40, n_programs=120))
    assert any(is_held(program.text) for program in read_lines(folder / PROGRAMS))
    return folder / PROGRAMS


def test_a_line_of_our_own_source_is_learnt_converted_and_completed(tmp_path: Path) -> None:
    pounce = shlex.quote(os.environ["POUNCE"])
    python = f"{shlex.quote(sys.executable)} -m pounce_training"
    corpus, tokenizer = "--corpus corpus", "--tokenizer tokenizer.json"
    os.environ["PYTHONPATH"] = str(ROOT)
    run(tmp_path, f"{python} local {SOURCES} --out corpus")
    run(tmp_path, f"{python} tokenizer {corpus} --out tokenizer.json --size 1024 --min-frequency 2")
    run(tmp_path, f"{python} encode {corpus} {tokenizer}")
    # In two stretches, the second from packed weights: as on a machine that keeps nothing.
    train = f"{python} train --settings {SETTINGS} {corpus} {tokenizer}"
    run(tmp_path, f"{train} --run first --minutes 0.2")
    run(tmp_path, f"{python} pack --run first --out packed --part-mib 1")
    run(tmp_path, f"{python} unpack --packed packed --run run")
    log = run(tmp_path, f"{train} --run run")
    assert '"event": "end"' in log, log[-300:]
    run(tmp_path, f"{python} export --settings {SETTINGS} {tokenizer} --run run --out checkpoint")
    (tmp_path / "snippet.rs").write_text(PREFIX)
    complete(tmp_path, pounce, "checkpoint")
    # Fine-tuned in two stretches, too.
    tune = f"{python} train --settings {FINE_TUNE} {corpus} {tokenizer} --run tuned --start checkpoint"
    programs = f"--programs {teach(tmp_path / 'teacher')}"
    run(tmp_path, f"{tune} {programs} --minutes 0")
    run(tmp_path, f"{tune} {programs}")
    run(tmp_path, f"{python} export --settings {FINE_TUNE} {tokenizer} --run tuned --out tuned-checkpoint")
    complete(tmp_path, pounce, "tuned-checkpoint")
    log = [json.loads(line) for line in (tmp_path / "tuned/log.jsonl").read_text().splitlines()]
    first, *_, last = (event["loss"] for event in log if event["event"] == "eval")
    assert first.keys() == {"inside", "program", "short", "block"}
    assert all(last[kind] < first[kind] for kind in ("inside", "program", "block")), (first, last)


def complete(folder: Path, pounce: str, checkpoint: str) -> None:
    """Converts a checkpoint and has it complete the line."""
    run(folder, f"{pounce} convert {checkpoint} --out {checkpoint}-converted")
    written = run(folder, f"{pounce} complete snippet.rs --model {checkpoint}-converted")
    assert written.strip() == COMPLETION, written
