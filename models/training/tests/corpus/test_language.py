"""Languages of files."""

import pytest

from pounce_training.corpus.language import of_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/main.rs", "rust"),
        ("app/page.TSX", "typescript"),
        ("types/index.d.ts", None),
        ("Makefile", "makefile"),
        ("rules/common.mk", "makefile"),
        ("docker/Dockerfile", "dockerfile"),
        ("docker/web.Dockerfile", "dockerfile"),
        ("README", None),
    ],
)
def test_a_path_tells_the_language(path: str, expected: str | None) -> None:
    assert of_path(path) == expected, path
