"""From text to a converted model that completes a line it has learnt by heart."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from ..paths import ROOT

SETTINGS = ROOT / "settings/toy.toml"
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
    run(tmp_path, f"{pounce} convert checkpoint --out pounce-toy")
    (tmp_path / "snippet.rs").write_text(PREFIX)
    written = run(tmp_path, f"{pounce} complete snippet.rs --model pounce-toy")
    assert written.strip() == COMPLETION, written
