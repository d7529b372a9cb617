"""Licence expressions: which of them admit a package, and under which licences.

Reads SPDX expressions and the looser forms that registries still carry (`MIT/Apache-2.0`). It does
not read licence texts; `text` does.
"""

import re
from dataclasses import dataclass

ALLOWED = frozenset(
    {
        "Apache-2.0",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""The SPDX identifiers that are admitted to the corpus."""

# An exception should only add rights to its licence. This has been verified for these only.
_ALLOWED_EXCEPTIONS = frozenset({"LLVM-exception"})

# Names that registries, classifiers and Debian use, in lower case. A plain `BSD` may have two or three
# clauses; both are admitted, and the stricter one is recorded.
_NAMES = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "asl 2.0": "Apache-2.0",
    "boost-1.0": "BSL-1.0",
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "bsd-like": "BSD-3-Clause",
    "bsl": "BSL-1.0",
    "cc0": "CC0-1.0",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "expat": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "psf": "PSF-2.0",
    "psf-2": "PSF-2.0",
    "psf license": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "python-2.0": "PSF-2.0",
    "simplified bsd": "BSD-2-Clause",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "the unlicense (unlicense)": "Unlicense",
    "unlicense": "Unlicense",
    "zlib": "Zlib",
    "zlib/libpng license": "Zlib",
}
_IDENTIFIERS = {name.lower(): name for name in ALLOWED}
_TOKEN = re.compile(r"\(|\)|[^\s()]+")


@dataclass(frozen=True)
class Verdict:
    """Whether a licence admits a package. If it does, `licence` is set, otherwise `reason`."""

    licence: str = ""
    reason: str = ""

    @property
    def is_allowed(self) -> bool:
        return bool(self.licence)


class _Malformed(Exception):
    """The text is no licence expression."""


def judge(text: str | None) -> Verdict:
    """Judges the licence that a package states of itself, as identifier, expression or common name.

    Of alternatives (`OR`) those on the list are kept; of licences that hold together (`AND`) every
    one has to be on it.
    """
    text = " ".join((text or "").split())
    if not text:
        return Verdict(reason="no licence is stated")
    if name := _known_name(text):
        return Verdict(licence=name)
    try:
        return _Expression(text).judge()
    except _Malformed:
        return Verdict(reason=f"unknown licence: {text[:60]}")


def judge_all(texts: list[str]) -> Verdict:
    """Judges several licences without a stated relation: each has to be on the list."""
    verdicts = [judge(text) for text in texts]
    refused = next((verdict for verdict in verdicts if not verdict.is_allowed), None)
    if refused or not verdicts:
        return refused or Verdict(reason="no licence is stated")
    return Verdict(licence=_joined("AND", {verdict.licence for verdict in verdicts}))


def _known_name(text: str) -> str | None:
    lowered = text.lower()
    return _IDENTIFIERS.get(lowered) or _NAMES.get(lowered)


def _joined(operator: str, licences: set[str]) -> str:
    wrap = len(licences) > 1
    parts = sorted(f"({it})" if wrap and " OR " in it and operator == "AND" else it for it in licences)
    return f" {operator} ".join(parts)


class _Expression:
    """A recursive descent over `OR`, `AND`, `WITH` and parentheses, `AND` binding closer than `OR`."""

    def __init__(self, text: str) -> None:
        # Older versions of Cargo wrote alternatives with a slash.
        self._tokens = _TOKEN.findall(re.sub(r"\s*/\s*", " OR ", text))
        self._at = 0

    def judge(self) -> Verdict:
        verdict = self._alternatives()
        if self._at < len(self._tokens):
            raise _Malformed
        return verdict

    def _alternatives(self) -> Verdict:
        verdicts = [self._together()]
        while self._take("or"):
            verdicts.append(self._together())
        allowed = {verdict.licence for verdict in verdicts if verdict.is_allowed}
        return Verdict(licence=_joined("OR", allowed)) if allowed else verdicts[0]

    def _together(self) -> Verdict:
        verdicts = [self._single()]
        while self._take("and"):
            verdicts.append(self._single())
        refused = next((verdict for verdict in verdicts if not verdict.is_allowed), None)
        return refused or Verdict(licence=_joined("AND", {verdict.licence for verdict in verdicts}))

    def _single(self) -> Verdict:
        token = self._next()
        if token == "(":
            verdict = self._alternatives()
            if self._next() != ")":
                raise _Malformed
            return verdict
        if token.lower() in {"or", "and", "with", ")"}:
            raise _Malformed
        exception = self._next() if self._take("with") else None
        return _judge_identifier(token, exception)

    def _take(self, word: str) -> bool:
        is_next = self._at < len(self._tokens) and self._tokens[self._at].lower() == word
        self._at += is_next
        return is_next

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise _Malformed
        self._at += 1
        return self._tokens[self._at - 1]


def _judge_identifier(identifier: str, exception: str | None) -> Verdict:
    name = _known_name(identifier)
    if name is None:
        return Verdict(reason=f"{identifier} is not on the list")
    if exception is None:
        return Verdict(licence=name)
    if exception in _ALLOWED_EXCEPTIONS:
        return Verdict(licence=f"{name} WITH {exception}")
    return Verdict(reason=f"the exception {exception} is not on the list")
