"""`SeenLines`: finds files whose lines are mostly in files seen before.

Short lines (`}`, `return None`) are too common to tell files apart and are not counted. Memory grows by
one 64-bit number per line: some gigabytes for a gigabyte of code.
"""

import hashlib

_MIN_LINE_CHARS = 23
_MAX_SHARED = 0.6


class SeenLines:
    """The hashed lines of all files that were taken, for one language."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def takes(self, text: str) -> bool:
        """Whether a file is new enough; if it is, its lines count as seen from now on."""
        lines = {_hash(line) for raw in text.split("\n") if len(line := raw.strip()) >= _MIN_LINE_CHARS}
        if not lines or len(lines & self._seen) > _MAX_SHARED * len(lines):
            return False
        self._seen |= lines
        return True


def _hash(line: str) -> int:
    return int.from_bytes(hashlib.blake2b(line.encode(), digest_size=8).digest())
