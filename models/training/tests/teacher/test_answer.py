"""Programs in answers."""

import pytest

from pounce_training.teacher.answer import Answer, program_of

CODE = "def total(items):\n    return sum(item.price for item in items)\n"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}```",
        f"Here it is:\n\n```python\n\n{CODE}```\n\nIt sums the prices.",
        f"```\r\n{CODE}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"```python\n{CODE.replace(':', ':   ')}   \n```",
    ],
)
def test_the_first_fenced_block_is_the_program(text: str) -> None:
    assert program_of(Answer(text, is_ended=True)) == CODE


@pytest.mark.parametrize(
    ("text", "is_ended", "why"),
    [
        (CODE, True, "no fence"),
        (f"```python\n{CODE}", True, "the fence is open"),
        (f"```python\n{CODE}```", False, "the limit came right behind the fence: perhaps it is one of several"),
        ("```python\nprint('a whole program, but one line')\n```", True, "one line"),
        ("```python\nx = 1\ny = 2\n```", True, "nothing to learn from"),
        (f"```python\n{CODE}# your code here\n```", True, "left to the reader"),
        ("```sql\nALTER TABLE your_table_name\nADD COLUMN age INT DEFAULT 0;\n```", True, "left to the reader"),
        (f"```python\n{CODE}\ndef rest():\n    ...\n```", True, "left to the reader"),
    ],
)
def test_what_is_no_whole_program_is_none(text: str, is_ended: bool, why: str) -> None:
    assert program_of(Answer(text, is_ended)) is None, why


def test_a_program_counts_when_the_talk_after_it_runs_into_the_limit() -> None:
    assert program_of(Answer(f"```python\n{CODE}```\nThis function", is_ended=False)) == CODE
