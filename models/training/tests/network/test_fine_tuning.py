"""Fine-tuning: requests of every kind in batches of equal work, with some weights frozen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pounce_training.corpus.record import Record, append_lines, write_shard
from pounce_training.network import device
from pounce_training.network.checkpoints.checkpoint import Checkpoint
from pounce_training.network.sampling.programs import is_held
from pounce_training.network.sampling.requests.kinds import KINDS
from pounce_training.network.settings import Phase, Settings, Shape, Sizes
from pounce_training.network.trainer import Paths, Trainer

from ..sampling.support import PYTHON, TOKENIZER, corpus

SHAPES = [Shape(1.0, 32, 12, kind=kind) for kind in KINDS]
SIZES = Sizes(width=16, heads=2, head_size=8, feed_forward=32, encoder_layers=2, decoder_layers=1, max_prompt=32)
SETTINGS = Settings(
    steps=6,
    phases=[Phase(0.0, SHAPES)],
    sizes=SIZES,
    warm_up=1,
    decay=1.0,
    rate_all=1e-3,
    frozen_layers=1,
    is_embedding_frozen=True,
    uses_bfloat16=True,
    batch_tokens=200,
    log_every=1,
    cases=2,
    workers=0,
)


def paths(folder: Path, run: str) -> Paths:
    programs = folder / "programs.jsonl"
    if not programs.exists():
        corpus(folder)
        write_shard(folder / "held-000.jsonl.xz", [Record("python", "local:h", "h.py", PYTHON)])
        texts = [PYTHON.replace("Settings", f"Settings{i}") for i in range(60)]
        assert any(map(is_held, texts)) and not all(map(is_held, texts))
        append_lines(programs, [Record("python", "teacher:t", "a task", text) for text in texts])
    return Paths(folder, TOKENIZER, folder / run, programs=programs)


def test_what_is_frozen_stays_and_the_rest_moves(tmp_path: Path) -> None:
    trainer = Trainer(SETTINGS, paths(tmp_path, "run"))
    before = {name: value.clone() for name, value in trainer._network.state_dict().items()}
    trainer.run(float("inf"))
    after = Checkpoint.load(tmp_path / "run").network
    still = {name for name, value in after.items() if torch.equal(value, before[name])}
    first_layer = {name for name in after if name.startswith("encoder.0.")}
    assert still == first_layer | {"embedding.weight", "encoder_bias.weight"}


def test_loss_and_exact_match_are_measured_by_kind(tmp_path: Path) -> None:
    Trainer(SETTINGS, paths(tmp_path, "run")).run(0.0)
    events = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    found = next(event for event in events if event["event"] == "eval")
    assert found["loss"].keys() == set(KINDS) and all(loss > 0 for loss in found["loss"].values())
    assert found.keys() & set(KINDS) == set(KINDS) - {"block"}, "a block is not compared to the character"


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    Trainer(SETTINGS, paths(tmp_path, "whole")).run(float("inf"))
    for _ in range(SETTINGS.steps):
        Trainer(SETTINGS, paths(tmp_path, "cut")).run(0.0)
    whole, cut = (Checkpoint.load(tmp_path / name) for name in ("whole", "cut"))
    assert cut.step == whole.step == SETTINGS.steps
    for name, weights in whole.network.items():
        assert torch.equal(weights, cut.network[name]), f"{name} differs after breaks"


def test_what_cases_come_from_is_not_measured_on(tmp_path: Path) -> None:
    at = paths(tmp_path, "run")
    write_shard(tmp_path / "held-000.jsonl.xz", [Record("python", "pypi:flask", "h.py", PYTHON)])
    with pytest.raises(ValueError, match="--held"):
        Trainer(SETTINGS, at).run(0.0)
    (tmp_path / "held").mkdir()
    write_shard(tmp_path / "held/held-000.jsonl.xz", [Record("python", "local:h", "h.py", PYTHON)])
    Trainer(SETTINGS, replace(at, held=tmp_path / "held")).run(0.0)


def test_too_few_programs_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    at = replace(paths(tmp_path, "run"), programs=tmp_path / "few.jsonl")
    append_lines(at.programs, [Record("python", "teacher:t", "a task", "x = 1\n")])
    with pytest.raises(ValueError, match="let `teach` write more"):
        Trainer(SETTINGS, at).run(0.0)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("flags : avx2 avx512f avx512_bf16", True), ("Features : asimd bf16", True), ("flags : avx2 f16c", False)],
)
def test_a_processor_says_whether_it_multiplies_in_bfloat16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, expected: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(flags)
    monkeypatch.setattr(device, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(device, "device", lambda: "cpu")
    assert device.has_bfloat16() == expected
