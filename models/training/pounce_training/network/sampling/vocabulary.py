"""`Vocabulary`: properties of the tokenizer's tokens, for the sampler and the evaluation."""

from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

PAD, END = "<pad>", "</s>"
FILE, ANY_LANGUAGE = "<|file|>", "<|lang|>"
SENTINELS = {"line": "<extra_id_0>", "free": "<extra_id_1>", "block": "<extra_id_2>"}
_TAB_COLUMNS = 4

# First words of lines that define something, in any of the languages.
_DEFINITIONS = (
    "abstract async class const constexpr def enum export extern fn fun func function impl inline interface"
    " let macro_rules module mod namespace override package private protected pub public record sealed static"
    " struct sub template trait type typedef union unsafe var void"
)
_IMPORTS = "from import include package require require_once use using"


class Vocabulary:
    """A tokenizer with the texts, bytes and roles of its tokens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokenizer = Tokenizer.from_file(str(path))
        # As in the engine: code that spells out a special token is encoded as ordinary code.
        self.tokenizer.encode_special_tokens = True
        ids = self.tokenizer.get_vocab()
        self.size = self.tokenizer.get_vocab_size()
        self.pad, self.end, self.file = ids[PAD], ids[END], ids[FILE]
        self.any_language = ids[ANY_LANGUAGE]
        self.sentinels = {mode: ids[token] for mode, token in SENTINELS.items()}
        self._languages = {token[2:-2]: id_ for token, id_ in ids.items() if token.startswith("<|")}
        self._halves: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
        self._dedented: dict[tuple[int, int], list[int]] = {}
        self._agreeing: dict[bytes, np.ndarray] = {}

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without special tokens."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        """The text of ids, special tokens left out."""
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def language(self, name: str) -> int:
        """The token of a language, or the token of unknown languages if the vocabulary has none for it."""
        return self._languages.get(name, self.any_language)

    @cached_property
    def bytes(self) -> list[bytes]:
        """The bytes of every token; empty for special tokens."""
        by_char = _byte_by_char()
        special = set(self.tokenizer.get_added_tokens_decoder())
        tokens = [self.tokenizer.id_to_token(id_) or "" for id_ in range(self.size)]
        return [b"" if i in special else bytes(by_char[c] for c in token) for i, token in enumerate(tokens)]

    @cached_property
    def texts(self) -> list[str]:
        """The text of every token; bytes that are part of a character become U+FFFD."""
        return [it.decode("utf-8", "replace") for it in self.bytes]

    @cached_property
    def is_newline(self) -> np.ndarray:
        """Which tokens begin a new line, `[vocabulary]`; the indentation after it is in the same token."""
        return np.array([it.startswith(("\n", "\r\n")) for it in self.texts])

    @cached_property
    def indentation(self) -> np.ndarray:
        """Columns of white space at the end of a newline token, `[vocabulary]`."""
        columns = [_columns(it.rpartition("\n")[2]) if "\n" in it else 0 for it in self.texts]
        return np.array(columns)

    @cached_property
    def defines(self) -> np.ndarray:
        """Which tokens begin a definition at the start of a line, `[vocabulary]`."""
        return self._are_words(_DEFINITIONS)

    @cached_property
    def imports(self) -> np.ndarray:
        """Which tokens begin an import at the start of a line, `[vocabulary]`; `#` does in C alone."""
        return self._are_words(_IMPORTS)

    @cached_property
    def is_name(self) -> np.ndarray:
        """Which tokens may be a name, or begin one, `[vocabulary]`."""
        return np.array([len(it.strip()) > 2 and it.strip().replace("_", "a").isalpha() for it in self.texts])

    def halves(self, token: int, rng: np.random.Generator) -> tuple[list[int], list[int]] | None:
        """A word's token cut in two at a random place: the ids of both parts; `None` if it is no word.

        The cut may fall right after the space that the word begins with.
        """
        text = self.texts[token]
        word = text.lstrip(" ")
        if len(word) < 2 or not word.replace("_", "a").isalnum() or "\ufffd" in text:
            return None
        n_spaces = len(text) - len(word)
        cut = n_spaces + int(rng.integers(0 if n_spaces else 1, len(word)))
        if (token, cut) not in self._halves:
            self._halves[token, cut] = (self.encode(text[:cut]), self.encode(text[cut:]))
        return self._halves[token, cut]

    def dedented(self, token: int, columns: int) -> list[int]:
        """The tokens of a newline token with `columns` less indentation."""
        if (token, columns) not in self._dedented:
            self._dedented[token, columns] = self.encode(_dedent(self.texts[token], columns))
        return self._dedented[token, columns]

    @cached_property
    def continued_blanks(self) -> frozenset[int]:
        """White-space tokens that a longer token begins with. The engine removes them from the end of a prompt."""
        beginnings = {b[:n] for b in self.bytes for n in range(1, min(_n_blank(b), len(b) - 1) + 1)}
        return frozenset(i for i, b in enumerate(self.bytes) if b in beginnings)

    def agreeing(self, forced: bytes) -> np.ndarray:
        """Which tokens may come next if `forced` must follow, `[vocabulary]`: its prefixes and its extensions."""
        if forced not in self._agreeing:
            allowed = [bool(b) and (b.startswith(forced) or forced.startswith(b)) for b in self.bytes]
            self._agreeing[forced] = np.array(allowed)
        return self._agreeing[forced]

    def _are_words(self, words: str) -> np.ndarray:
        wanted = set(words.split())
        return np.array([text in wanted for text in self.texts])


def _dedent(text: str, columns: int) -> str:
    newline, _, blanks = text.rpartition("\n")
    while columns > 0 and blanks:
        columns -= _columns(blanks[0])
        blanks = blanks[1:]
    return f"{newline}\n{blanks}"


def _columns(blanks: str) -> int:
    return sum(_TAB_COLUMNS if c == "\t" else 1 for c in blanks)


def _n_blank(token: bytes) -> int:
    return len(token) - len(token.lstrip(b" \t\n\r\x0c"))


def _byte_by_char() -> dict[str, int]:
    """Byte-level BPE's alphabet (GPT-2): printable bytes stand for themselves, others are above U+00FF."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
