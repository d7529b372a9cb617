"""Programs share no two lines in a row with an evaluation case."""

import json
from pathlib import Path

import pytest

from pounce_training.teacher.overlap import CaseLines, read_cases

from ..paths import ROOT

CASE = {
    "prefix": "class Stack:\n    def push(self, item):\n        self.items.ap",
    "target": "pend(item)",
    "suffix": "\n\n    def pop",
}


@pytest.fixture
def known(tmp_path: Path) -> CaseLines:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/python.jsonl").write_text(json.dumps(CASE) + "\n")
    (tmp_path / "edges.jsonl").write_text(json.dumps({"text": "let a = 1;\n{\n\nlet b = a.‹cursor›length;"}) + "\n")
    return read_cases([tmp_path / "cases", tmp_path / "edges.jsonl"])


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("class Stack:\n    def push(self, item):\n        pass", True, "two lines of the prefix"),
        ("    class Stack:\n        def push(self, item):\n", True, "indentation is not compared"),
        ("class Stack:\n\n    # with a word\n    def push(self, item):", False, "a line between them"),
        ("class Stack:\n\n{\n    def push(self, item):", True, "blanks and brackets are not counted"),
        ("def push(self, item):\n    self.items.append(item)\n", True, "the target is part of the case"),
        ("def push(self, item):\n    self.items.append_all(item)\n", True, "the prefix goes as far as the cursor"),
        ("def push(self, item):\n    return item\n", False, "one line"),
        ("def pop\nself.items.append(item)", False, "not in this order"),
        ("let a = 1;\nlet b = a.length;", True, "a whole clipboard with a cursor"),
        ("}\n}\n)\n", False, "brackets alone"),
    ],
)
def test_two_lines_in_a_row_are_found(known: CaseLines, text: str, expected: bool, why: str) -> None:
    assert known.shares_two_lines(text) == expected, why


def test_the_cases_of_the_repository_are_read() -> None:
    known = read_cases([ROOT.parents[1] / "tests" / name for name in ("snippets", "midline", "edges")])
    for name in ("snippets", "midline"):
        for path in sorted((ROOT.parents[1] / "tests" / name).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                prefix = json.loads(line)["prefix"]
                n_lines = sum(any(c.isalnum() for c in it) for it in prefix.split("\n"))
                assert known.shares_two_lines(prefix) or n_lines < 2, prefix
