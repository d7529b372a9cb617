"""Cases for measuring: cut from held-out files, prompted as the engine prompts."""

from pathlib import Path

from pounce_training.corpus.record import Record, write_shard
from pounce_training.network.evaluation.cases import KINDS, cases
from pounce_training.network.sampling.requests.prompt import prompt

from .support import PYTHON, vocabulary


def test_a_case_is_a_line_with_a_part_left_out(tmp_path: Path) -> None:
    shard = tmp_path / "held-000.jsonl.xz"
    write_shard(shard, [Record("python", "local:a", "a.py", PYTHON)])
    found = cases([shard], vocabulary(), 20, 96)
    assert [case.kind for case in found] == list(KINDS) * 20
    assert found == cases([shard], vocabulary(), 20, 96), "the same every time"
    for case in found:
        shown = vocabulary().decode(case.inputs) + case.forced.decode()
        assert len(case.inputs) <= 96 and case.target in PYTHON
        if case.kind != "suffix":
            assert (shown + case.target).split("\n")[-1] in PYTHON, "nothing is lost between prompt and target"


def test_a_blank_at_the_end_of_a_prompt_is_removed() -> None:
    python = vocabulary().language("python")
    inputs, forced = prompt(vocabulary(), python, "x = 1\nreturn ", "", 64)
    assert forced == b" "
    expected = [python, *vocabulary().encode("x = 1\nreturn"), vocabulary().sentinels["line"]]
    assert inputs == expected
    assert vocabulary().language("klingon") == vocabulary().any_language
