"""Cases for calibration: parts of held-out files, with what stands around them."""

import argparse
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from pounce_training.calibration import commands
from pounce_training.calibration.cut import KINDS, PREFIX_CHARS, SUFFIX_CHARS, TAIL_LINES, Case, TooFewLines, cut, split
from pounce_training.corpus.line_cut import MAX_TARGET, MIN_TARGET
from pounce_training.corpus.record import Record, write_shard

from ..paths import ROOT

RECORDS = [
    Record("python", f"local:{path.relative_to(ROOT).as_posix()}", path.name, path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "pounce_training/corpus").rglob("*.py"))
]
"""This pipeline's own sources, each as if it were a package."""
N_CASES = 200


@pytest.fixture(scope="module")
def found() -> list[Case]:
    return cut(RECORDS, N_CASES, seed=1)


def test_kinds_have_equal_shares_and_are_shuffled(found: list[Case]) -> None:
    assert Counter(case.kind for case in found) == dict.fromkeys(KINDS, N_CASES // len(KINDS))
    assert any(before.kind == after.kind for before, after in pairwise(found))


def test_a_case_is_a_part_of_its_source(found: list[Case]) -> None:
    texts = {record.package: record.text for record in RECORDS}
    for case in found:
        assert case.prefix + case.target + case.suffix in texts[case.source], case
        assert case.language == "python" and case.prefix.strip() and "\n" not in case.target


def test_each_kind_shows_its_part_of_the_file(found: list[Case]) -> None:
    for case in found:
        assert len(case.prefix) <= PREFIX_CHARS and len(case.suffix) <= SUFFIX_CHARS
        match case.kind:
            case "prefix":
                assert case.suffix == ""
            case "suffix":
                assert case.suffix.startswith("\n")
            case "midline":
                assert case.suffix.partition("\n")[0].strip(), "code follows on the line"
            case "tail":
                assert case.suffix == "" and case.prefix.count("\n") < TAIL_LINES


def test_targets_are_worth_completing(found: list[Case]) -> None:
    for case in found:
        least, most = (1, 60) if case.kind == "midline" else (MIN_TARGET, MAX_TARGET)
        assert least <= len(case.target.strip()) <= most, case
        assert case.target.strip(" )]}>;,:'\"`"), "not only closers"


def test_about_half_of_what_is_inside_a_line_is_begun() -> None:
    midline = [case for case in cut(RECORDS, 800, seed=3) if case.kind == "midline"]
    n_begun = sum(case.prefix[-1] not in "([{\"'`= " for case in midline)
    assert 0.3 < n_begun / len(midline) < 0.6


def test_a_seed_always_gives_the_same_cases(found: list[Case]) -> None:
    assert cut(RECORDS, N_CASES, seed=1) == found
    assert cut(RECORDS, N_CASES, seed=2) != found


def test_no_line_is_asked_for_twice() -> None:
    record = Record("python", "local:a", "a.py", "value = compute(first)\nother = compute(second)\n")
    with pytest.raises(TooFewLines, match="add packages"):
        cut([record], 3, seed=1)


def test_no_package_is_on_both_sides_of_the_split() -> None:
    fitting, checking = split(RECORDS)
    assert len(fitting) + len(checking) == len(RECORDS)
    assert not {it.package for it in fitting} & {it.package for it in checking}
    assert 0.1 < len(checking) / len(RECORDS) < 0.4


def test_the_command_writes_what_pounce_eval_reads(tmp_path: Path) -> None:
    write_shard(tmp_path / "held-000.jsonl.xz", RECORDS)
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    out = tmp_path / "cases.jsonl"
    options = parser.parse_args(["cut", "--corpus", str(tmp_path), "--out", str(out), "--n", "20", "--seed", "5"])
    options.run(options)
    cases = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(cases) == 20
    assert all(set(case) == {"language", "prefix", "suffix", "target", "source", "kind"} for case in cases)
