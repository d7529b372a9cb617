"""Cases to measure quality on during a run: lines of held-out files, cut at random places.

There are three kinds: with the code before the cursor, with the code after it as well, and short snippets
on their own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...corpus.line_cut import draw_rest_of_line
from ...corpus.record import Record, read_shard
from ..sampling.requests.prompt import prompt
from ..sampling.vocabulary import Vocabulary

KINDS = ("prefix", "suffix", "snippet")
_PREFIX_CHARS, _SUFFIX_CHARS = 1_500, 500
_SNIPPET_LINES = 6


@dataclass(frozen=True)
class Case:
    """A line with a part left out."""

    kind: str
    inputs: list[int]
    """Token ids for the encoder."""
    forced: bytes
    """The bytes that the completion has to begin with, because they were taken off the prompt."""
    target: str


def cases(shards: list[Path], vocabulary: Vocabulary, n_cases: int, max_prompt: int, seed: int = 123) -> list[Case]:
    """Draws `n_cases` of each kind; the same seed gives the same cases."""
    rng = random.Random(seed)
    records = [record for shard in sorted(shards) for record in read_shard(shard)]
    found = []
    for number in range(n_cases * len(KINDS)):
        kind = KINDS[number % len(KINDS)]
        found += _draw(kind, records, vocabulary, max_prompt, rng)
    return found


def _draw(
    kind: str, records: list[Record], vocabulary: Vocabulary, max_prompt: int, rng: random.Random
) -> Iterator[Case]:
    """One case; none if a hundred draws find no line that is worth completing."""
    for _ in range(100):
        record = rng.choice(records)
        lines = record.text.split("\n")
        cut = draw_rest_of_line(lines, rng)
        if cut is None:
            continue
        row, column = cut
        first = max(0, row - rng.randrange(1, _SNIPPET_LINES + 1)) if kind == "snippet" else 0
        prefix = "\n".join([*lines[first:row], lines[row][:column]])[-_PREFIX_CHARS:]
        suffix = "\n" + "\n".join(lines[row + 1 :]) if kind == "suffix" else ""
        if prefix.strip():
            language = vocabulary.language(record.language)
            inputs, forced = prompt(vocabulary, language, prefix, suffix[:_SUFFIX_CHARS], max_prompt)
            yield Case(kind, inputs, forced, lines[row][column:])
            return
