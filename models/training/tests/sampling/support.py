"""A small corpus with the embedded model's tokenizer."""

from functools import cache
from pathlib import Path

from pounce_training.corpus.record import Record, write_shard
from pounce_training.network.sampling.encoded import EncodedCorpus, encode, load
from pounce_training.network.sampling.vocabulary import Vocabulary

from ..paths import ROOT

TOKENIZER = ROOT.parent / "pounce-50m/tokenizer.json"

PYTHON = """import json
from pathlib import Path


class Settings:
    def __init__(self, path):
        self.path = Path(path)
        self.values = {}

    def load(self):
        with self.path.open() as file:
            self.values = json.load(file)
        return self.values


def first_value(settings):
    for value in settings.load().values():
        return value
"""


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(TOKENIZER)


def corpus(folder: Path, n_files: int = 6) -> EncodedCorpus:
    """A corpus of `n_files` copies of one file."""
    records = [Record("python", f"local:{i}", "a.py", PYTHON) for i in range(n_files)]
    write_shard(folder / "train-000.jsonl.xz", records)
    encode(folder / "train-000.jsonl.xz", folder / "encoded", vocabulary())
    return load([folder / "encoded/train-000"])[0]
