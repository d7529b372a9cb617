"""Where completions end."""

from pathlib import Path

import numpy as np
import pytest

from pounce_training.network.sampling.target import Targets

from .support import PYTHON, corpus, vocabulary


@pytest.mark.parametrize(
    ("mode", "before", "expected", "is_complete"),
    [
        ("line", "self.path = ", "Path(path)", True),
        ("line", "        return", " self.values", True),
        ("block", "self.path = ", "Path(path)\n        self.values = {}\n", True),
        ("block", "for value in settings.", "load().values():\n        return value", True),
        ("free", "return value", "\n", True),
        ("free", "import", " json\nfrom pathlib import Path\n\n\nclass Settings:\n    def __init__(self, path", False),
    ],
)
def test_a_target_ends_where_the_engine_would_stop(
    tmp_path: Path, mode: str, before: str, expected: str, is_complete: bool
) -> None:
    found = corpus(tmp_path)
    targets = Targets(found, vocabulary())
    cursor = 1 + len(vocabulary().encode(PYTHON[: PYTHON.index(before) + len(before)].rstrip(" ")))
    target = targets.at(cursor, mode, 24, np.random.default_rng(0))
    text = vocabulary().decode(found.tokens[target.start : target.end].tolist()).lstrip(" ")
    assert text.rstrip() == expected.strip() or text.startswith(expected.lstrip(" ")[:20]), text
    assert target.is_complete == is_complete, "only a whole completion is followed by the end token"
    assert target.file == 0


def test_nothing_reaches_into_the_next_file(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    targets = Targets(found, vocabulary())
    rng = np.random.default_rng(1)
    for cursor in range(1, len(found.tokens)):
        for mode in ("line", "block", "free"):
            target = targets.at(cursor, mode, 16, rng)
            if target:
                written = found.tokens[target.start : target.end]
                assert len(written) and vocabulary().file not in written, (cursor, mode)
