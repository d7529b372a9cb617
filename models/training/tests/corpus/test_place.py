"""Where a line is cut."""

import random

import pytest

from pounce_training.corpus.place import MAX_INSIDE, draw_between, draw_inside, draw_rest

N_DRAWS = 400


def targets(draw, line: str) -> set[str]:
    """All that the draws of a line ask for."""
    rng = random.Random(1)
    places = [draw([line], rng) for _ in range(N_DRAWS)]
    return {line[it.start : it.end] for it in places if it}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    total = add(first, second);", {"first, second", "first", "second", "econd"}),
        ("    let names = table[index];", {"index", "x"}),
        ('    open("a file", mode)', {'"a file", mode', "a file", "mode"}),
        ("  display: flex;", {"flex", "lex"}),
        ("import { one, two } from 'three'", {"one, two", "three"}),
    ],
)
def test_something_inside_a_line_is_asked_for_whole_or_begun(line: str, expected: set[str]) -> None:
    found = targets(draw_inside, line)
    assert expected <= found
    assert all(line.partition(target)[2].strip() for target in found), "code follows"


@pytest.mark.parametrize("line", ["# a comment (with brackets)", "x = f()", "plain words", "f(" + "long" * 20 + ")"])
def test_what_is_inside_may_be_nothing_or_too_long(line: str) -> None:
    assert all(len(target) <= MAX_INSIDE for target in targets(draw_inside, line))
    assert "with brackets" not in targets(draw_inside, line) and "" not in targets(draw_inside, line)


def test_a_rest_of_a_line_begins_where_people_ask() -> None:
    found = targets(draw_rest, "    return render(page) ")
    assert {"return render(page) ", "turn render(page) ", "render(page) ", "page) "} <= found
    assert not {" render(page) ", "(page) "} & found, "people do not stop before a blank or a bracket"
    assert targets(draw_rest, "    }); ") == set(), "only closers"


def test_a_cut_anywhere_has_code_on_both_sides() -> None:
    line = "    total = add(first, second);  "
    found = targets(draw_between, line)
    assert len(found) > 50 and all(target.strip() for target in found), "brackets alone are not asked for"
    assert all(line.partition(target)[2].strip() for target in found), "code follows"
    assert targets(draw_between, "x = 1") == set(), "too short"
    assert targets(draw_between, "    # a comment of some words") == set()
