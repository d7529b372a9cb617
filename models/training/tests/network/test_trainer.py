"""Stretches: a run that is cut off goes on as if it had not been."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pounce_training.corpus.record import Record, write_shard
from pounce_training.network import trainer
from pounce_training.network.checkpoints.checkpoint import FILE_NAME, Checkpoint
from pounce_training.network.settings import Phase, Settings, Shape, Sizes
from pounce_training.network.trainer import DivergedError, Paths, Trainer

from ..sampling.support import PYTHON, TOKENIZER, corpus

SHAPES = [
    Shape(0.5, 24, 8, samples=4, modes={"line": 1.0}, suffix=0.3),
    Shape(0.5, 24, 8, samples=4, kind="snippet", modes={"line": 0.5, "block": 0.5}),
]
SIZES = Sizes(width=16, heads=2, head_size=8, feed_forward=32, encoder_layers=1, decoder_layers=1, max_prompt=32)
SETTINGS = Settings(steps=6, phases=[Phase(0.0, SHAPES)], sizes=SIZES, warm_up=2, log_every=1, cases=1, workers=0)


def paths(folder: Path, run: str) -> Paths:
    if not (folder / "encoded").exists():
        corpus(folder)
        write_shard(folder / "held-000.jsonl.xz", [Record("python", "local:h", "h.py", PYTHON)])
    return Paths(folder, TOKENIZER, folder / run)


def events(at: Paths) -> list[dict]:
    return [json.loads(line) for line in (at.run / "log.jsonl").read_text().splitlines()]


def stop_after(monkeypatch: pytest.MonkeyPatch, step: int, stop) -> None:
    """Calls `stop` when a step is done."""
    take = Trainer._take

    def taken(self: Trainer, *arguments: object) -> None:
        take(self, *arguments)
        if self._step == step:
            stop()

    monkeypatch.setattr(Trainer, "_take", taken)


def test_a_run_in_stretches_ends_where_one_without_a_break_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = paths(tmp_path, "whole"), paths(tmp_path, "cut")
    Trainer(SETTINGS, whole).run(float("inf"))
    with monkeypatch.context() as patched:
        stop_after(patched, 3, lambda: os.kill(os.getpid(), signal.SIGTERM))
        Trainer(SETTINGS, cut).run(float("inf"))
    assert Checkpoint.load(cut.run).step == 3, "it was asked to stop"
    Trainer(SETTINGS, cut).run(float("inf"))
    expected, found = Checkpoint.load(whole.run), Checkpoint.load(cut.run)
    assert found.step == expected.step == 6 and found.n_tokens == expected.n_tokens
    for name, weights in expected.network.items():
        assert torch.equal(weights, found.network[name]), f"{name} differs after a break"
    steps = [event["step"] for event in events(cut) if event["event"] == "step"]
    assert steps == [1, 2, 3, 4, 5, 6], "the log goes on"
    assert {"prefix", "suffix", "snippet"} <= events(cut)[-2].keys(), "it was measured while it ran"


def test_no_minutes_are_one_step_and_a_checkpoint(tmp_path: Path) -> None:
    at = paths(tmp_path, "run")
    Trainer(SETTINGS, at).run(0.0)
    assert Checkpoint.load(at.run).step == 1
    assert [it.name for it in at.run.glob("*.pt*")] == [FILE_NAME], "nothing half-written stays"


def test_batches_of_other_processes_are_the_same(tmp_path: Path) -> None:
    alone, helped = paths(tmp_path, "alone"), paths(tmp_path, "helped")
    Trainer(SETTINGS, alone).run(float("inf"))
    Trainer(replace(SETTINGS, workers=2), helped).run(float("inf"))
    losses = [[it["loss"] for it in events(at) if it["event"] == "step"] for at in (alone, helped)]
    assert losses[0] == losses[1]


def test_a_diverged_run_keeps_its_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = paths(tmp_path, "run")
    Trainer(SETTINGS, at).run(0.0)
    loss = trainer.T5.loss
    monkeypatch.setattr(trainer.T5, "loss", lambda *arguments: loss(*arguments) * float("nan"))
    # A minute without a line in the log: it is noticed before the weights are saved, too.
    for settings in (SETTINGS, replace(SETTINGS, log_every=100)):
        with pytest.raises(DivergedError, match="step"):
            Trainer(settings, at).run(0.0)
    assert Checkpoint.load(at.run).step == 1


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    write_shard(tmp_path / "held-000.jsonl.xz", [Record("python", "local:h", "h.py", PYTHON)])
    with pytest.raises(ValueError, match="run the command `encode` first"):
        Trainer(SETTINGS, Paths(tmp_path, TOKENIZER, tmp_path / "run")).run(1.0)


def test_other_sizes_than_the_runs_are_refused(tmp_path: Path) -> None:
    at = paths(tmp_path, "run")
    Trainer(SETTINGS, at).run(0.0)
    with pytest.raises(ValueError, match="begun with other sizes"):
        Trainer(replace(SETTINGS, sizes=replace(SIZES, width=32)), at)
    with pytest.raises(ValueError, match="has 16384 tokens"):
        Trainer(replace(SETTINGS, sizes=replace(SIZES, vocabulary=1000)), at)
