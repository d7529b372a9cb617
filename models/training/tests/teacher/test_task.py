"""The list of tasks."""

import random

from pounce_training.corpus.language import LANGUAGES
from pounce_training.teacher.task import TaskList

from ..paths import ROOT


def test_there_are_tasks_in_every_language_of_the_corpus() -> None:
    tasks = TaskList(ROOT / "tasks.toml")
    assert tasks.requests.keys() == set(LANGUAGES)
    assert all(len(requests) >= 10 for requests in tasks.requests.values())
    text = (ROOT / "tasks.toml").read_text(encoding="utf-8")
    lines = [
        line for block in text.split('tasks = """\n')[1:] for line in block.partition('"""')[0].split("\n") if line
    ]
    assert len(set(lines)) >= 500, "everyday tasks, told apart"


def test_a_request_is_a_whole_sentence() -> None:
    drawn = TaskList(ROOT / "tasks.toml").draw(500, random.Random(1))
    assert drawn == TaskList(ROOT / "tasks.toml").draw(500, random.Random(1)), "the same for the same seed"
    for task in drawn:
        assert task.language in LANGUAGES and task.request.startswith("Write "), task
        assert "{" not in task.request and "  " not in task.request, "every blank is filled"
    assert len({task.request for task in drawn}) > 450
