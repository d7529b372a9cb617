"""Properties of the tokenizer's tokens."""

import numpy as np
import pytest

from .support import vocabulary


def test_bytes_are_those_of_the_text() -> None:
    text = 'def größe(x):\n\treturn "→" + x  # ok\n'
    ids = vocabulary().encode(text)
    assert b"".join(vocabulary().bytes[id_] for id_ in ids).decode() == text


def test_a_newline_token_knows_its_indentation() -> None:
    ids = vocabulary().encode("a\n    b\n\tc\nd")
    found = [int(vocabulary().indentation[it]) for it in ids if vocabulary().is_newline[it]]
    assert found == [4, 4, 0], "a tab is four columns"


@pytest.mark.parametrize(
    ("text", "columns", "expected"), [("\n        ", 4, "\n    "), ("\n\t\t", 4, "\n\t"), ("\n", 4, "\n")]
)
def test_indentation_is_taken_off(text: str, columns: int, expected: str) -> None:
    (token,) = vocabulary().encode(text)
    assert vocabulary().decode(vocabulary().dedented(token, columns)) == expected


def test_a_word_is_cut_anywhere_also_after_its_space() -> None:
    (word,) = vocabulary().encode(" return")
    cuts = [vocabulary().halves(word, np.random.default_rng(seed)) for seed in range(60)]
    texts = {tuple(vocabulary().decode(half) for half in cut) for cut in cuts}
    assert (" ", "return") in texts, "a prompt may end in a space"
    assert (" ret", "urn") in texts and (" retur", "n") in texts
    assert all("".join(halves) == " return" for halves in texts)
    (bracket,) = vocabulary().encode("(")
    assert vocabulary().halves(bracket, np.random.default_rng(0)) is None


def test_blanks_that_a_longer_token_may_continue_are_removed() -> None:
    blank, newline, word = (vocabulary().encode(text)[-1] for text in (" ", "x\n    ", " x"))
    assert {blank, newline} <= vocabulary().continued_blanks
    assert word not in vocabulary().continued_blanks


def test_code_that_spells_out_a_special_token_is_code() -> None:
    ids = vocabulary().encode('END = "</s>"  # <extra_id_0>')
    assert not {vocabulary().end, *vocabulary().sentinels.values()} & set(ids), "as in the engine"
