"""Licence texts: recognizes a licence file, and the licence that a source file's head names.

Each licence is recognized by phrases that no other one has. Unrecognized texts are refused, not guessed at.
"""

import re

from .expression import Verdict, judge

# Checked before the allowed ones: a file with several licences is refused if one of them is.
_REFUSED = {
    "AGPL": r"affero general public license",
    "LGPL": r"(lesser|library) general public license",
    "GPL": r"gnu general public license",
    "MPL": r"mozilla public license",
    "EPL": r"eclipse public license",
    "CDDL": r"common development and distribution license",
    "SSPL": r"server side public license",
    "BUSL": r"business source license",
    "Elastic": r"elastic license",
    "Commons Clause": r"commons clause",
    "CC BY": r"creative commons (legal code )?attribution",
    "EUPL": r"european union public licen[cs]e",
    "proprietary": r"all rights reserved\. (this|no part)|confidential and proprietary|end user license agreement",
}
_ALLOWED = {
    "Apache-2.0": r"apache license,? version 2\.0|licensed under the apache license",
    "BSL-1.0": r"boost software license - version 1\.0",
    "CC0-1.0": r"cc0 1\.0 universal",
    "ISC": r"permission to use, copy, modify, and/?(or)? distribute this software for any purpose with or without fee",
    "MIT": r"permission is hereby granted, free of charge, to any person obtaining a copy of this software",
    "PSF-2.0": r"python software foundation license version 2",
    "Unlicense": r"this is free and unencumbered software released into the public domain",
    "Zlib": r"provided 'as-is', without any express or implied warranty\. in no event will the authors",
    "BSD-3-Clause": r"redistribution and use in source and binary forms.*(neither the name|names? of .{1,80} may not)",
    "BSD-2-Clause": r"redistribution and use in source and binary forms",
}
# Python's licence mentions the GPL, under which a part of its past stood.
_PYTHON_ON_GPL = "previously distributed under the gnu general public license (gpl)"
_FILE_NAME = re.compile(r"^(un)?licen[cs]es?([.\-_].*)?$|^copying([.\-_].*)?$|^copyright$|^notice-licence", re.I)
_SPDX_TAG = re.compile(r"SPDX-License-Identifier:\s*([^\n*]+)")
_HEAD_CHARS = 4_000


def is_licence_file(name: str) -> bool:
    """Whether a file of this name (without its folder) holds a licence."""
    return bool(_FILE_NAME.match(name))


def judge_text(text: str) -> Verdict:
    """Judges a licence file. A file of several licences is judged as if all had to hold."""
    flat = _flat(text).replace(_PYTHON_ON_GPL, "")
    for name, phrase in _REFUSED.items():
        if re.search(phrase, flat):
            return Verdict(reason=f"the licence file is of {name}")
    found = [name for name, phrase in _ALLOWED.items() if re.search(phrase, flat)]
    if "BSD-3-Clause" in found:
        found.remove("BSD-2-Clause")
    return judge(" AND ".join(sorted(found))) if found else Verdict(reason="the licence file is not recognized")


def judge_head(text: str) -> Verdict | None:
    """Judges the licence that a source file names in its first lines; `None` if it names none."""
    head = text[:_HEAD_CHARS]
    if tag := _SPDX_TAG.search(head):
        return judge(tag[1].strip().rstrip("-*/>").strip())
    flat = _flat(head)
    for name, phrase in _REFUSED.items():
        if re.search(phrase, flat):
            return Verdict(reason=f"the file's head speaks of {name}")
    return None


def _flat(text: str) -> str:
    """The text in lower case on one line, without comment marks."""
    without_marks = re.sub(r"(?m)^\s*(//|#|\*|/\*|--|;|dnl)+", " ", text[:60_000])
    return " ".join(without_marks.lower().split()).replace("’", "'").replace('"as-is"', "'as-is'")
