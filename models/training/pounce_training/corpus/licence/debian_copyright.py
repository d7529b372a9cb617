"""`Copyright`: the licence of each file of a Debian source package.

Reads the machine-readable format of `debian/copyright`
(<https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>): stanzas of file patterns and a
licence, of which the last one that matches a file counts. A copyright file in any other format covers nothing.
"""

import re
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from .expression import Verdict, judge
from .text import judge_text


@dataclass
class _Stanza:
    pattern: re.Pattern[str]
    verdict: Verdict
    covers_all: bool


@dataclass
class Copyright:
    """A parsed copyright file."""

    stanzas: list[_Stanza] = field(default_factory=list)

    @classmethod
    def of_source(cls, folder: Path, dsc: Path) -> "Copyright":
        """Reads `debian/copyright` from the archives that a .dsc in `folder` names."""
        for part in parts(folder, dsc):
            if ".debian.tar" in part.name or part.name.endswith((".tar.gz", ".tar.xz")):
                with tarfile.open(part) as archive:
                    for member in archive:
                        if member.isfile() and re.fullmatch(r"(\./|[^/]+/)?debian/copyright", member.name):
                            return cls.parse(archive.extractfile(member).read().decode("utf-8", "replace"))
        return cls()

    @classmethod
    def parse(cls, text: str) -> "Copyright":
        paragraphs = [_fields(paragraph) for paragraph in re.split(r"\n\s*\n", text)]
        stated = [it["license"].partition("\n") for it in paragraphs if "license" in it]
        texts = {name.strip(): body for name, _, body in stated if body.strip()}
        stanzas = []
        for fields in paragraphs:
            if "files" in fields and "license" in fields:
                patterns = fields["files"].replace(",", " ").split()
                name = fields["license"].partition("\n")[0].strip()
                stanzas.append(_Stanza(_glob(patterns), _verdict(name, texts.get(name, "")), "*" in patterns))
        return cls(stanzas)

    def main_verdict(self) -> Verdict:
        """The verdict for the files that no other stanza names."""
        for stanza in self.stanzas:
            if stanza.covers_all:
                return stanza.verdict
        return Verdict(reason="debian/copyright names no licence for all files")

    def verdict(self, path: str) -> Verdict:
        """The verdict for one file, by its path in the package."""
        matching = [stanza for stanza in self.stanzas if stanza.pattern.fullmatch(path)]
        return matching[-1].verdict if matching else Verdict(reason="debian/copyright does not cover it")


def parts(folder: Path, dsc: Path) -> list[Path]:
    """The tar archives of a source package, the upstream ones first."""
    archives = sorted(name for name in part_hashes(dsc) if ".tar." in name and not name.endswith(".asc"))
    return [folder / name for name in sorted(archives, key=lambda name: ".debian.tar" in name)]


def part_hashes(dsc: Path) -> dict[str, str]:
    """The SHA-256 of every file that a .dsc names."""
    text = dsc.read_text(encoding="utf-8", errors="replace")
    return {name: digits for digits, name in re.findall(r"^ ([0-9a-f]{64}) \d+ (\S+)$", text, re.M)}


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if match := re.match(r"([A-Za-z-]+):\s*(.*)", line):
            name = match[1].lower()
            fields[name] = match[2]
        elif name:
            fields[name] += "\n" + line
    return fields


def _verdict(name: str, text: str) -> Verdict:
    """Judges the short name. Packagers may make it up, so the licence's text decides if the name is unknown."""
    by_name = judge(_in_spdx(name))
    by_text = judge_text(text)
    return by_text if by_text.is_allowed and not by_name.is_allowed else by_name


def _in_spdx(licence: str) -> str:
    """The short name as an SPDX expression: Debian writes `or`, `and` and commas."""
    return re.sub(r",?\s+and/or\s+", " OR ", licence).replace(", ", " ")


def _glob(patterns: list[str]) -> re.Pattern[str]:
    """The pattern of a `Files` field, in which `*` and `?` match slashes, too."""
    parts_ = [re.escape(it.removeprefix("./")).replace(r"\*", ".*").replace(r"\?", ".") for it in patterns]
    return re.compile("|".join(f"(?:{part})" for part in parts_), re.S)
