"""Where a line of a file is cut in two, so that its rest can be asked for."""

import random

MIN_TARGET, MAX_TARGET = 4, 100
"""Characters of a rest of a line that is worth completing."""


def draw_rest_of_line(lines: list[str], rng: random.Random) -> tuple[int, int] | None:
    """Row and column of a cut; `None` if the row that was drawn has no rest worth completing."""
    row = rng.randrange(len(lines))
    line = lines[row]
    if len(line.strip()) < MIN_TARGET:
        return None
    start = len(line) - len(line.lstrip())
    column = rng.randrange(start, len(line) - MIN_TARGET + 1)
    return (row, column) if MIN_TARGET <= len(line[column:].strip()) <= MAX_TARGET else None
