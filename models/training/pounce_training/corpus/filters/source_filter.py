"""Selects the files of a package that people wrote, and cuts off their licence headers.

Generated, minified, vendored and data-like files are refused with a reason, so that a run can say
what it left out. The bounds are those of the first model's corpus.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..licence.text import is_licence_file, judge_head

MIN_CHARS, MAX_CHARS = 200, 150_000
_MAX_LINE_CHARS = 500
_MAX_MEAN_LINE_CHARS = 70
_MIN_TEXT_SHARE = 0.5
_MAX_NUMBERS_PER_CHAR = 1 / 14
_SAMPLE_CHARS = 20_000

_VENDORED = re.compile(
    r"(^|/)(vendor(ed)?|_vendor|third[_-]?party|3rdparty|external|extern|externals|deps|bundled|node_modules"
    r"|bower_components|site-packages|godeps|subprojects)/"
)
_MINIFIED = re.compile(r"[.-]min\.|[.-]bundle\.")
# Build outputs in npm's packages, beside the sources or instead of them.
_BUILT = re.compile(r"(^|/)(dist[\w-]*|umd|bundles?|build|_?es[m\d]*|cjs|lib-cov|min|out|fesm\d+|commonjs)/")
_BUILT_MARK = re.compile(
    r"sourceMappingURL=|\b__esModule\b|/\*\s?[#@]__PURE__|\b__(awaiter|extends|importDefault)\b|^exports\.\w+ = void 0",
    re.M,
)
_GENERATED_NAME = re.compile(
    r"_pb2(_grpc)?\.py|\.pb\.(go|cc|h)$|zz_generated|[._]generated\.|_gen\.go$|\.g\.(cs|dart)$|\.designer\.cs$"
    r"|unicode_tables|(^|/)(locales?|i18n|translations|fixtures|testdata|__snapshots__|snapshots)/"
)
_GENERATED_MARK = re.compile(
    r"auto-?generated|do not edit|generated (by|from|using|with)|code generated|@generated", re.I
)
_LICENCE_WORD = re.compile(r"licen[sc]e|copyright|spdx", re.I)
_HEAD_COMMENT = re.compile(r"(#![^\n]*\n)?\s*(?:/\*.*?\*/|<!--.*?-->|(?:(?://|#|--|;)[^\n]*\n)+)\s*", re.S)
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b\d+\b")
# Folders that hold a package's own licence, however deep they are.
_OF_PACKAGE = re.compile(r"\.dist-info|(^|/)(debian|licen[sc]es|docs?)(/|$)", re.I)


@dataclass(frozen=True)
class Refused:
    """Why a file is not taken, in one or two words, because reasons are counted."""

    reason: str


def vendored_folders(paths_of_licences: dict[str, str]) -> list[str]:
    """Folders with a licence of their own that differs from the package's, given licence texts by path."""
    by_folder: dict[str, list[str]] = {}
    for path, text in paths_of_licences.items():
        folder = str(PurePosixPath(path).parent)
        by_folder.setdefault("." if _OF_PACKAGE.search(folder) else folder, []).append(" ".join(text.split()))
    depths = {folder: len(PurePosixPath(folder).parts) for folder in by_folder}
    own_depth = min(depths.values(), default=0)
    own = {text for folder, texts in by_folder.items() if depths[folder] == own_depth for text in texts}
    return sorted(f"{it}/" for it, texts in by_folder.items() if depths[it] > own_depth and not own.issuperset(texts))


def is_licence(path: str) -> bool:
    """Whether this file holds a licence."""
    return is_licence_file(PurePosixPath(path).name)


def refuse_path(path: str, registry: str, vendored: list[str]) -> Refused | None:
    """Judges a file by its path."""
    lowered = path.lower()
    if _VENDORED.search(lowered) or path.startswith(tuple(vendored)):
        return Refused("vendored")
    if _MINIFIED.search(lowered):
        return Refused("minified")
    if registry == "npm" and _BUILT.search(lowered):
        return Refused("built")
    if _GENERATED_NAME.search(lowered):
        return Refused("generated")
    return None


def clean(data: bytes) -> str | Refused:
    """The text of a file without its licence header, or why it is not taken."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Refused("not UTF-8")
    if "\0" in text:
        return Refused("not UTF-8")
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    verdict = judge_head(text)
    if verdict and not verdict.is_allowed:
        return Refused("licence in its head")
    if _GENERATED_MARK.search(text[:600]):
        return Refused("generated")
    if _BUILT_MARK.search(text):
        return Refused("built")
    text = _without_licence(text).strip("\n") + "\n"
    return _refuse_text(text) or text


def _refuse_text(text: str) -> Refused | None:
    if not MIN_CHARS <= len(text) <= MAX_CHARS:
        return Refused("too short or long")
    lines = text.split("\n")
    if max(map(len, lines)) > _MAX_LINE_CHARS or len(text) / len(lines) > _MAX_MEAN_LINE_CHARS:
        return Refused("minified")
    sample = text[:_SAMPLE_CHARS]
    is_text = sum(c.isalnum() or c.isspace() for c in sample) >= _MIN_TEXT_SHARE * len(sample)
    if not is_text or len(_NUMBER.findall(sample)) > _MAX_NUMBERS_PER_CHAR * len(sample):
        return Refused("data")
    return None


def _without_licence(text: str) -> str:
    """Removes a licence comment from the top; a shebang line stays."""
    match = _HEAD_COMMENT.match(text)
    if match and match.end() < 8_000 and _LICENCE_WORD.search(match[0]):
        return (match[1] or "") + text[match.end() :]
    return text
