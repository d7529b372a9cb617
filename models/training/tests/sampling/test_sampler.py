"""Batches: the same for the same number, and of the shapes that the network is fed."""

from pathlib import Path

import numpy as np

from pounce_training.corpus.language import LANGUAGES
from pounce_training.network.sampling.batch import IGNORED, Batcher
from pounce_training.network.sampling.requests.kinds import KINDS
from pounce_training.network.sampling.sampler import Corpora, Sampler
from pounce_training.network.sampling.snippet import Snippets
from pounce_training.network.sampling.target import Targets
from pounce_training.network.settings import Phase, Settings, Shape

from ..paths import ROOT
from .support import PYTHON, corpus, vocabulary

MODES = {"line": 0.6, "block": 0.3, "free": 0.1}


def batcher(folder: Path, **shape: object) -> Batcher:
    sizes = {"share": 1.0, "samples": 32, "input_tokens": 48, "target_tokens": 24, "modes": MODES, "suffix": 0.5}
    settings = Settings(steps=10, phases=[Phase(0.0, [Shape(**{**sizes, **shape})])])
    return Batcher(Sampler(Corpora([corpus(folder)]), vocabulary(), {}), vocabulary().pad, settings)


def test_a_number_always_gives_the_same_batch(tmp_path: Path) -> None:
    first, again = batcher(tmp_path), batcher(tmp_path)
    first.batch(3)
    assert np.array_equal(first.batch(7).inputs, again.batch(7).inputs), "whatever was drawn before"
    assert not np.array_equal(first.batch(7).inputs, first.batch(8).inputs)


def test_windows_are_full_and_hold_one_sentinel(tmp_path: Path) -> None:
    batch = batcher(tmp_path).batch(0)
    assert not batch.is_padded and vocabulary().pad not in batch.inputs
    sentinels = np.isin(batch.inputs, list(vocabulary().sentinels.values())).sum(1)
    assert (sentinels == 1).all(), "each asks for one completion"
    languages = {vocabulary().language("python"), vocabulary().any_language}
    assert set(batch.inputs[:, 0].tolist()) == languages, "sometimes the language is not known"


def test_prompt_and_completion_are_what_the_file_says(tmp_path: Path) -> None:
    batch = batcher(tmp_path, suffix=0.0, kind="snippet", input_tokens=32).batch(0)
    dedented = {PYTHON, PYTHON.replace("\n    ", "\n")}
    for inputs, targets in zip(batch.inputs, batch.targets, strict=True):
        prompt = vocabulary().decode([it for it in inputs.tolist() if it != vocabulary().pad])
        completion = vocabulary().decode([it for it in targets.tolist() if it not in (IGNORED, vocabulary().end)])
        assert completion.strip(), "there is something to write"
        code = (prompt + completion).partition("\n\n")[0]
        lines = [line.strip() for line in code.split("\n") if line.strip()]
        assert all(any(line in text for text in dedented) for line in lines), code


def test_snippets_stand_alone_and_are_short(tmp_path: Path) -> None:
    targets = Targets(corpus(tmp_path), vocabulary())
    snippets, rng = Snippets(targets, vocabulary()), np.random.default_rng(5)
    texts = set()
    for _ in range(400):
        drawn = snippets.draw(30, rng)
        texts.add(vocabulary().decode(targets.corpus.tokens[drawn.start : drawn.cursor].tolist()))
        assert drawn.cursor - drawn.start <= 31, "it fits"
    assert any(text.startswith("import json") for text in texts), "heads of files"
    assert any(text.startswith("def load") for text in texts), "heads of functions, out of their class"
    assert any(text.startswith("self.values = json") for text in texts), "calls of what was imported"


def test_the_settings_that_are_here_can_be_read() -> None:
    everything = {path.stem: Settings.load(path) for path in sorted((ROOT / "settings").glob("*.toml"))}
    real = everything["real"]
    assert real.sizes.vocabulary == vocabulary().size, "the embedded model's tokenizer is the default"
    assert real.phase(0.0) == real.phases[0] and real.phase(0.99) == real.phases[-1]
    assert real.rate(0, 0) < real.rate(200, 200) == 1.0 and real.rate(real.steps, 200) == 0.0
    assert real.rate(real.steps // 4, 0) < 0.01, "rates rise again if the optimizer starts without state"
    for settings in everything.values():
        assert settings.languages.keys() <= set(LANGUAGES), "languages of the corpus"
        for shape in (shape for phase in settings.phases for shape in phase.shapes):
            if shape.kind in ("window", "snippet"):
                assert abs(sum(shape.modes.values()) - 1) < 1e-9, shape
            else:
                assert shape.kind in KINDS and not shape.modes, "a kind of request has its own mode"
            assert shape.samples or settings.batch_tokens, "the batch has a size"
