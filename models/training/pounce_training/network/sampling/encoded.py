"""`EncodedCorpus`: the corpus as token ids, in arrays that are mapped into memory.

Each file begins with `<|file|>`, so a window across two files shows where the second begins.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...corpus.record import Record, read_shard
from .vocabulary import Vocabulary

_BATCH = 1024


@dataclass(frozen=True)
class EncodedCorpus:
    """The tokens of all files, one file after the other."""

    tokens: np.ndarray
    """`[tokens]`, uint16."""
    starts: np.ndarray
    """`[files + 1]`, where each file's `<|file|>` is; the last entry is the end."""
    languages: np.ndarray
    """`[files]`, each file's language token."""

    def file_of(self, position: int) -> int:
        """The file that a position is in."""
        return int(np.searchsorted(self.starts, position, "right")) - 1


def encode(shard: Path, out: Path, vocabulary: Vocabulary) -> int:
    """Tokenizes a shard into a folder of three arrays, unless it is there. Returns the number of tokens."""
    folder = out / shard.name.removesuffix(".jsonl.xz")
    if not (folder / "tokens.npy").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        corpus = encode_records(list(read_shard(shard)), vocabulary)
        np.save(folder / "starts.npy", corpus.starts)
        np.save(folder / "languages.npy", corpus.languages)
        # Written last and then renamed: this file marks the shard as complete.
        np.save(folder / "tokens.partial.npy", corpus.tokens)
        (folder / "tokens.partial.npy").rename(folder / "tokens.npy")
    return len(np.load(folder / "tokens.npy", mmap_mode="r"))


def load(folders: list[Path]) -> list[EncodedCorpus]:
    """Maps encoded shards into memory."""
    return [
        EncodedCorpus(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("tokens", "starts", "languages")))
        for folder in sorted(folders)
    ]


def encode_records(records: list[Record], vocabulary: Vocabulary) -> EncodedCorpus:
    """Tokenizes records in memory."""
    pieces, starts, languages, n_tokens = [], [], [], 0
    for first in range(0, len(records), _BATCH):
        batch = records[first : first + _BATCH]
        texts = [record.text for record in batch]
        for record, found in zip(
            batch, vocabulary.tokenizer.encode_batch(texts, add_special_tokens=False), strict=True
        ):
            pieces.append(np.array([vocabulary.file, *found.ids], np.uint16))
            starts.append(n_tokens)
            languages.append(vocabulary.language(record.language))
            n_tokens += len(pieces[-1])
    return EncodedCorpus(
        np.concatenate(pieces), np.array([*starts, n_tokens], np.int64), np.array(languages, np.uint16)
    )
