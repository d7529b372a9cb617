"""`program_of`: the program in a teacher's answer, if the answer has a whole one."""

import re
from dataclasses import dataclass

_FENCED = re.compile(r"```[^\n`]*\n(.*?)\n[ \t]*```[ \t]*(\n|\Z)", re.S)
_MIN_CHARS = 40
_MIN_LINES = 2
# A teacher that leaves the work to the reader.
_PLACEHOLDER = re.compile(
    r"\byour[_-]|your code|code here|goes here|path/to/|^\s*(#|//) ?\.\.\.|^\s*\.\.\.\s*$", re.I | re.M
)


@dataclass(frozen=True)
class Answer:
    """What the teacher wrote."""

    text: str
    is_ended: bool
    """Whether it ended the answer, instead of running into the limit."""


def program_of(answer: Answer) -> str | None:
    """The first fenced block of an answer that ends properly; `None` if there is none or it is no whole program."""
    match = _FENCED.search(answer.text.replace("\r\n", "\n"))
    if not match or not (answer.is_ended or match.end() < len(answer.text)):
        return None
    text = "\n".join(line.rstrip() for line in match[1].split("\n")).strip("\n") + "\n"
    is_whole = len(text) >= _MIN_CHARS and text.count("\n") >= _MIN_LINES and not _PLACEHOLDER.search(text)
    return text if is_whole else None
