"""A teacher's programs as a corpus: most to learn from, the others to measure on."""

import hashlib
from enum import Enum
from pathlib import Path

from ...corpus.record import read_lines
from .encoded import EncodedCorpus, encode_records
from .vocabulary import Vocabulary

_HELD_EVERY = 30


class Part(Enum):
    """A part of the programs, by the hash of their texts."""

    LEARNT = False
    HELD = True


def read(path: Path, vocabulary: Vocabulary, part: Part) -> EncodedCorpus:
    """Reads and encodes the programs of a part."""
    programs = [program for program in read_lines(path) if is_held(program.text) == part.value]
    if not programs:
        raise ValueError(f"{path} has too few programs: let `teach` write more")
    return encode_records(programs, vocabulary)


def is_held(text: str) -> bool:
    """Whether a program is kept to measure on."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _HELD_EVERY == 0
