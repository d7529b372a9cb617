"""`Selection`: which of the teacher's programs are kept, and why the others are not.

A reason has a few words, because reasons are counted.
"""

from collections import defaultdict
from collections.abc import Callable

from ..corpus.filters.near_duplicate import SeenLines
from ..corpus.filters.scrub import scrub
from ..corpus.record import Record
from .answer import Answer, program_of
from .overlap import CaseLines
from .task import Task


class Selection:
    """Judges programs one after the other; each that is kept makes the next like it a near-duplicate."""

    def __init__(self, teacher: str, cases: CaseLines, parses: Callable[[str, str], bool]) -> None:
        self._teacher = f"teacher:{teacher}"
        self._cases = cases
        self._parses = parses
        self._seen: dict[str, SeenLines] = defaultdict(SeenLines)

    def judge(self, task: Task, answer: Answer) -> Record | str:
        """The program as a record of the corpus, or why it is not kept."""
        program = program_of(answer)
        if program is None:
            return "no whole program"
        text, _ = scrub(program)
        if not self._parses(task.language, text):
            return "syntax error"
        if self._cases.shares_two_lines(text):
            return "two lines of a case"
        if not self._seen[task.language].takes(text):
            return "near-duplicate"
        return Record(task.language, self._teacher, task.request, text)

    def recall(self, kept: Record) -> None:
        """Makes a program that an earlier run kept count as seen."""
        self._seen[kept.language].takes(kept.text)
