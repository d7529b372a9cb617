"""Requests: what is asked for, and that nothing is lost or added on the way to tokens."""

import random
from pathlib import Path

import numpy as np
import pytest

from pounce_training.corpus.record import Record
from pounce_training.network.sampling.encoded import encode_records
from pounce_training.network.sampling.requests.kinds import BLOCK_KINDS, KINDS
from pounce_training.network.sampling.requests.marked import Marked
from pounce_training.network.sampling.requests.request import Request, Requests
from pounce_training.network.sampling.requests.texts import Texts
from pounce_training.network.sampling.sampler import Corpora, Sampler
from pounce_training.network.settings import Shape

from .support import PYTHON, vocabulary

PHP = """<?php
require_once 'vendor/autoload.php';

function total(array $items): float
{
    $sum = 0.0;
    foreach ($items as $item) {
        $sum += $item['price'] * $item['count'];
    }
    return round($sum, 2);
}
"""
# Code that spells out special tokens, characters of several bytes, a long name.
HOSTILE = """const END = "</s>", MARK = "<extra_id_0>";
function draw(größe, text) {
    const tokens = ["<pad>", "<|python|>", "<|file|>", MARK];
    return tokens.map((token) => token + text + "→ ✓ 漢字").join("<extra_id_2>");
}
"""
SOURCES = {"python": PYTHON, "php": PHP, "javascript": HOSTILE}
N_DRAWS = 300


def requests() -> Requests:
    records = [Record(language, "local:a", "a", text) for language, text in SOURCES.items()]
    texts = Texts([encode_records(records, vocabulary())], vocabulary())
    return Requests(texts, texts)


def drawn(kind: str, n_draws: int = N_DRAWS) -> list[Request]:
    rng = np.random.default_rng(7)
    source = requests()
    return [source.draw(kind, rng) for _ in range(n_draws)]


def squeezed(text: str) -> str:
    """A text without white space: indentation is what a sample may change."""
    return "".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
def test_prefix_target_and_suffix_joined_are_the_source(kind: str) -> None:
    for lines in (text.split("\n") for text in SOURCES.values()):
        rng = random.Random(3)
        for marked in (KINDS[kind](lines, rng) for _ in range(N_DRAWS)):
            if marked:
                joined = marked.prefix + marked.target + marked.suffix
                assert joined == "\n".join(marked.lines), "nothing is lost or doubled at the cuts"
                code = marked.lines[marked.lines.index("") + 1 :] if "" in marked.lines else marked.lines
                assert squeezed("\n".join(code)) in squeezed("\n".join(lines)), "the lines are the file's"


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_are_the_request_and_no_target_holds_a_sentinel(kind: str) -> None:
    special = set(vocabulary().sentinels.values()) | {vocabulary().pad, vocabulary().file, vocabulary().any_language}
    for request in drawn(kind):
        inputs, target = request.tokens(vocabulary(), 512, request.language)
        assert target[-1] == vocabulary().end and vocabulary().end not in target[:-1], "it ends once"
        assert not special & set(target), "a target is code alone"
        mode = vocabulary().sentinels[request.mode]
        assert inputs[0] == request.language and inputs.count(mode) == 1, "language, prefix, sentinel, suffix"
        cursor = inputs.index(mode)
        assert not special & set(inputs[1:cursor] + inputs[cursor + 1 :]), "nothing but code around it"
        written = [*inputs[1:cursor], *target[:-1]]
        assert vocabulary().decode(written) == request.prefix + request.target, "healing moves a blank, and no more"
        shown = vocabulary().decode(inputs[cursor + 1 :])
        assert request.suffix.startswith(shown) and (shown or not request.suffix)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_has_something_to_go_by_and_something_to_write(kind: str) -> None:
    for request in drawn(kind):
        assert request.prefix.strip() and request.target.strip(), request
        if kind not in BLOCK_KINDS:
            assert "\n" not in request.target.lstrip(), "one line"


def test_inside_a_line_what_follows_goes_on_there() -> None:
    found = drawn("inside")
    assert all(request.suffix.partition("\n")[0].strip() for request in found), "code follows in the line"
    targets = {request.target for request in found}
    assert {"path", "'price'", "array $items"} & targets, "brackets and values"
    assert any(target not in PYTHON.split() and not target.isidentifier() for target in targets)


def test_short_pieces_stand_alone_with_and_without_imports() -> None:
    found = drawn("short", 3_000)
    firsts = {request.prefix.partition("\n")[0] for request in found}
    assert any(first.startswith("import json") for first in firsts), "heads of files"
    assert any(first.startswith("def load") for first in firsts), "definitions, out of their class"
    with_import = [request.prefix for request in found if request.prefix.startswith("import json\n\ndef load")]
    assert with_import and all("json" in prefix for prefix in with_import), "an import that the piece uses"


def test_cuts_are_in_words_after_blanks_and_after_newlines() -> None:
    prefixes = [request.prefix for request in drawn("line")]
    assert any(prefix.endswith(" ") and not prefix.endswith("  ") for prefix in prefixes), "after a space"
    assert any(prefix.endswith("\n") for prefix in prefixes), "after a newline"
    assert any(prefix.endswith("    ") for prefix in prefixes), "after the indentation"
    assert any(prefix[-1].isalpha() for prefix in prefixes), "inside a word"
    assert any(request.target.startswith("\n") for request in drawn("line")), "at the end of a line: the next one"


def test_some_have_tabs_and_some_a_suffix_of_blanks() -> None:
    found = drawn("short") + drawn("program")
    assert any("\n\t" in request.prefix + request.target for request in found)
    assert any(request.suffix and not request.suffix.strip() for request in found)


def test_languages_without_a_token_are_learnt_too() -> None:
    languages = {request.language for request in drawn("inside")}
    assert languages == {
        vocabulary().language("python"),
        vocabulary().any_language,
        vocabulary().language("javascript"),
    }


def test_languages_are_drawn_by_their_shares() -> None:
    records = [Record(language, "local:a", "a", text) for language, text in SOURCES.items()]
    texts = Texts([encode_records(records, vocabulary())], vocabulary(), {"python": 0.9, "php": 0.1})
    rng = np.random.default_rng(0)
    languages = [texts.draw(rng)[0] for _ in range(N_DRAWS)]
    assert 0.8 < languages.count(vocabulary().language("python")) / N_DRAWS < 0.97
    assert vocabulary().language("javascript") not in languages, "no share, no sample"


def test_a_long_file_gives_pieces_of_whole_lines() -> None:
    text = "".join(f"value_{i} = compute({i})\n" for i in range(2_000))
    texts = Texts([encode_records([Record("python", "local:a", "a", text)], vocabulary())], vocabulary())
    rng = np.random.default_rng(0)
    pieces = [texts.draw(rng)[1] for _ in range(20)]
    assert all(line in text.split("\n") for lines in pieces for line in lines)
    assert any(lines[0] == "value_0 = compute(0)" for lines in pieces), "the head is often among them"


MARKED = Marked(("def f():", "    if a:", "        return b", "x = 1"), row=2, start=15, last=2, end=16)


@pytest.mark.parametrize(
    ("changed", "prefix", "target"),
    [
        (MARKED.framed(1, 0), "    if a:\n        return ", "b"),
        (MARKED.framed(1, 0).dedented(), "if a:\n    return ", "b"),
        (MARKED.framed(1, 0).tabbed(), "\tif a:\n\t\treturn ", "b"),
        (MARKED.headed(["import x", ""]), "import x\n\ndef f():\n    if a:\n        return ", "b"),
        (MARKED.from_line_start(), "def f():\n    if a:\n", "        return b"),
        (MARKED.from_line_before(), "def f():\n    if a:", "\n        return b"),
    ],
)
def test_a_change_of_the_lines_moves_the_target_with_them(changed: Marked, prefix: str, target: str) -> None:
    assert (changed.prefix, changed.target) == (prefix, target)


def test_a_sample_is_no_longer_than_its_shape(tmp_path: Path) -> None:
    records = [Record(language, "local:a", "a", text) for language, text in SOURCES.items()]
    encoded = encode_records(records, vocabulary())
    sampler = Sampler(Corpora([encoded], encoded), vocabulary(), {})
    rng = np.random.default_rng(0)
    for kind in KINDS:
        shape = Shape(1.0, 40, 16, kind=kind)
        for inputs, target in (sampler.sample(shape, rng) for _ in range(50)):
            assert len(inputs) <= 40 and len(target) <= 16 and target[-1] == vocabulary().end, kind


def test_programs_without_a_file_are_an_error_that_says_what_to_do() -> None:
    texts = Texts([encode_records([Record("python", "a", "a", PYTHON)], vocabulary())], vocabulary())
    with pytest.raises(ValueError, match="--programs"):
        Requests(texts, None).draw("program", np.random.default_rng(0))
