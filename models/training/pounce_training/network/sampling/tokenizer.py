"""Learns a tokenizer. Only for training from scratch: weights fit only the tokenizer they were trained with."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ...corpus.language import LANGUAGES
from ...corpus.record import read_shard
from .vocabulary import ANY_LANGUAGE, END, FILE, PAD

_SENTINELS = 10
_MAX_TOKEN_CHARS = 24
_MAX_LANGUAGE_CHARS = 40_000_000

# A newline with the indentation after it, a word with the space before it, up to three digits.
_PIECES = r"\r?\n[ \t]*| ?[\p{L}_]\p{L}*|_+|\p{N}{1,3}| ?[^\s\p{L}\p{N}_]+|[ \t]+|\s"


def learn(shards: list[Path], out: Path, size: int, min_frequency: int, seed: int = 1) -> None:
    """Learns byte-level BPE from a sample of the corpus in which no language outweighs the others."""
    learnt = Tokenizer(models.BPE(unk_token=None))
    learnt.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    learnt.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=_special_tokens(),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=min_frequency,
        max_token_length=_MAX_TOKEN_CHARS,
        show_progress=False,
    )
    learnt.train_from_iterator(_sample(shards, seed), trainer)
    learnt.save(str(out))


def _special_tokens() -> list[str]:
    """The special tokens. Padding and end come first, because the network's configuration has their ids."""
    languages = [f"<|{name}|>" for name in LANGUAGES]
    return [PAD, END, "<unk>", "<s>", FILE, ANY_LANGUAGE, *languages, *(f"<extra_id_{i}>" for i in range(_SENTINELS))]


def _sample(shards: list[Path], seed: int) -> Iterator[str]:
    taken: Counter[str] = Counter()
    shuffled = list(shards)
    random.Random(seed).shuffle(shuffled)
    for shard in shuffled:
        for record in read_shard(shard):
            if taken[record.language] < _MAX_LANGUAGE_CHARS:
                taken[record.language] += len(record.text)
                yield record.text
