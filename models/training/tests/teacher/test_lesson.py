"""Lessons: what is kept, and that a run goes on where it was stopped. The teacher is a list of answers."""

import json
from pathlib import Path

import pytest

from pounce_training.corpus.record import read_lines
from pounce_training.teacher.answer import Answer
from pounce_training.teacher.lesson import PROGRAMS, Lessons, Limits
from pounce_training.teacher.overlap import CaseLines
from pounce_training.teacher.selection import Selection
from pounce_training.teacher.task import TaskList

from ..paths import ROOT

CASE = "def first_of_the_case(values):\n    return values[0] if values else None\n"


def program(number: int) -> str:
    return f"```\ndef number_{number}_of_many(values):\n    return compute_{number}(values, {number})\n```"


class Scripted:
    """A teacher that records what it was asked, and gives the answers of a list."""

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []

    def write(self, requests: list[str], max_tokens: int, seed: int) -> list[Answer]:
        self.asked.append(requests)
        return [Answer(self.answers.pop(0), is_ended=True) for _ in requests]


def lessons(folder: Path) -> Lessons:
    cases = CaseLines()
    cases.add(CASE)
    selection = Selection("scripted", cases, lambda language, text: "syntax error" not in text)
    return Lessons(folder, TaskList(ROOT / "tasks.toml"), selection)


def log(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_only_new_whole_programs_without_errors_or_cases_are_kept(tmp_path: Path) -> None:
    bad = ["no code", "```\nsyntax error = 1\nsyntax error = 2, and some more of it\n```", f"```\n{CASE}```"]
    teacher = Scripted([program(1), *bad, program(2)])
    lessons(tmp_path).run(teacher, Limits(batch=5, n_programs=1))
    kept = list(read_lines(tmp_path / PROGRAMS))
    assert [it.text for it in kept] == ["\n".join(program(n).split("\n")[1:3]) + "\n" for n in (1, 2)]
    assert kept[0].package == "teacher:scripted" and kept[0].path == teacher.asked[0][0]
    assert log(tmp_path)[0]["refused"] == {"no whole program": 1, "syntax error": 1, "two lines of a case": 1}


def test_near_duplicates_are_refused_within_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = TaskList.draw
    monkeypatch.setattr(TaskList, "draw", lambda self, n, rng: [draw(self, 1, rng)[0]] * n)
    lessons(tmp_path).run(Scripted([program(1)] * 3), Limits(batch=3, n_programs=1))
    assert log(tmp_path)[0]["refused"] == {"near-duplicate": 2}


def test_a_run_goes_on_with_the_batch_after_the_last(tmp_path: Path) -> None:
    whole, first, second = (Scripted([program(n) for n in range(i, i + 4)]) for i in (0, 0, 2))
    lessons(tmp_path / "whole").run(whole, Limits(batch=2, n_programs=4))
    lessons(tmp_path / "cut").run(first, Limits(batch=2, n_programs=2))
    # The next line was being written when the machine went off.
    with (tmp_path / "cut" / PROGRAMS).open("a") as file:
        file.write('{"language": "py')
    lessons(tmp_path / "cut").run(second, Limits(batch=2, n_programs=4))
    assert first.asked + second.asked == whole.asked, "no task twice"
    texts = [[it.text for it in read_lines(tmp_path / name / PROGRAMS)] for name in ("whole", "cut")]
    assert texts[0] == texts[1] and len(texts[0]) == 4


def test_what_an_earlier_run_kept_is_not_kept_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = TaskList.draw
    monkeypatch.setattr(TaskList, "draw", lambda self, n, rng: draw(self, 1, __import__("random").Random(1)) * n)
    lessons(tmp_path).run(Scripted([program(1)]), Limits(batch=1, n_programs=1))
    lessons(tmp_path).run(Scripted([program(1), program(2)]), Limits(batch=2, n_programs=2))
    assert len(list(read_lines(tmp_path / PROGRAMS))) == 2


def test_no_minutes_are_no_batch(tmp_path: Path) -> None:
    teacher = Scripted([])
    lessons(tmp_path).run(teacher, Limits(minutes=0.0))
    assert teacher.asked == []
