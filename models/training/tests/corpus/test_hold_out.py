"""The hold-out must never change: figures of two models are comparable only while it is the same."""

import pytest

from pounce_training.corpus.filters.hold_out import is_evaluated, is_held_out, is_held_out_name
from pounce_training.corpus.package import read_list

from ..paths import ROOT

# Where the evaluation cases are taken from.
SOURCES = """
npm:three py:mlflow npm:rxjs py:scikit_learn deb:golang-golang-x-crypto-dev py:textual rust:nalgebra rust:tabled
py:docutils py:jedi py:dash py:ortools rust:figment rust:ratatui rust:axum rust:serde_v8 py:pyramid rust:calamine
rust:swc_common rust:regex-automata deb:golang-github-gin-gonic-gin-dev py:luigi py:flask py:xgboost rust:ecolor
rust:papaya rust:if_chain rust:wayland-scanner rust:arrow-schema rust:multer npm:knex
""".split()
REGISTRIES = {"npm": "npm", "py": "pypi", "deb": "debian", "rust": "crates"}


@pytest.mark.parametrize("source", SOURCES)
def test_the_packages_of_the_shared_cases_are_held_out(source: str) -> None:
    registry, _, name = source.partition(":")
    assert is_held_out_name(REGISTRIES[registry], name), source
    assert is_evaluated(f"{REGISTRIES[registry]}:{name}"), "weights are not chosen by it"


@pytest.mark.parametrize(
    ("registry", "name", "expected"),
    [
        ("pypi", "scikit-learn", True),
        ("pypi", "Flask", True),
        ("debian", "golang-github-gin-gonic-gin", True),
        ("debian", "golang-golang-x-crypto", True),
        ("crates", "serde", False),
        ("npm", "lodash", False),
        ("pypi", "numpy", False),
    ],
)
def test_names_are_compared_as_archives_have_them(registry: str, name: str, expected: bool) -> None:
    assert is_held_out_name(registry, name) == expected, (registry, name)


def test_one_in_sixty_is_drawn() -> None:
    n_held = sum(is_held_out_name("crates", f"crate-{i}") for i in range(6_000))
    assert 60 < n_held < 140, "about a hundred of 6,000"


def test_calibration_is_on_held_out_packages_that_no_evaluation_case_comes_from() -> None:
    packages = read_list(ROOT / "calibration.tsv")
    assert [it.name for it in packages if not is_held_out(it)] == []
    assert [it.name for it in packages if is_evaluated(f"{it.registry}:{it.name}")] == []
