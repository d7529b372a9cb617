"""`prompt`: the encoder's input as the engine makes it, which removes the last token if a longer one may continue it
(token healing)."""

from ..vocabulary import Vocabulary


def prompt(
    vocabulary: Vocabulary, language: int, prefix: str, suffix: str, max_prompt: int, mode: str = "line"
) -> tuple[list[int], bytes]:
    """Ids for the encoder, and the bytes that the completion has to begin with. `language` is a token."""
    before, after = vocabulary.encode(prefix), vocabulary.encode(suffix)
    forced = b""
    if len(before) > 1 and before[-1] in vocabulary.continued_blanks:
        forced = vocabulary.bytes[before.pop()]
    after = after[: (max_prompt - 2) // 3]
    before = before[-(max_prompt - 2 - len(after)) :]
    return [language, *before, vocabulary.sentinels[mode], *after], forced
