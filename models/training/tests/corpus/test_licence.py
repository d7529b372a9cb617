"""Licences: what admits a package, and what does not."""

import pytest

from pounce_training.corpus.licence.expression import ALLOWED, judge, judge_all
from pounce_training.corpus.licence.text import is_licence_file, judge_head, judge_text
from pounce_training.corpus.package import read_list

from ..paths import ROOT


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("Expat", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("MIT OR Apache-2.0", "Apache-2.0 OR MIT"),
        ("MIT/Apache-2.0", "Apache-2.0 OR MIT"),
        ("MIT OR GPL-3.0-only", "MIT"),
        ("GPL-2.0-only OR (BSD-3-Clause AND ISC)", "BSD-3-Clause AND ISC"),
        ("(MIT OR Apache-2.0) AND Zlib", "(Apache-2.0 OR MIT) AND Zlib"),
        ("MIT AND Apache-2.0 OR GPL-3.0", "Apache-2.0 AND MIT"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("The Unlicense (Unlicense)", "Unlicense"),
        ("Python-2.0", "PSF-2.0"),
    ],
)
def test_an_expression_is_admitted_by_listed_licences_alone(text: str, licence: str) -> None:
    assert judge(text).licence == licence, text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no licence"),
        ("", "no licence"),
        ("GPL-3.0-or-later", "GPL-3.0-or-later is not on the list"),
        ("MIT AND GPL-3.0", "GPL-3.0 is not on the list"),
        ("Unicode-3.0", "not on the list"),
        ("GPL-2.0 WITH Classpath-exception-2.0", "not on the list"),
        ("Apache-2.0 WITH Commons-Clause", "the exception Commons-Clause"),
        ("MIT OR", "unknown licence"),
        ("(MIT", "unknown licence"),
        ("see the file LICENSE", "unknown licence"),
        ("MIT-0", "not on the list"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str | None, reason: str) -> None:
    verdict = judge(text)
    assert not verdict.is_allowed and reason in verdict.reason, verdict


def test_of_licences_side_by_side_every_one_has_to_be_listed() -> None:
    assert judge_all(["MIT License", "BSD License"]).licence == "BSD-3-Clause AND MIT"
    assert "GPL" in judge_all(["MIT License", "GPL-2.0"]).reason
    assert not judge_all([]).is_allowed


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software", "MIT"),
        ("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"),
        ("Redistribution and use in source and binary forms ... Neither the name of X nor", "BSD-3-Clause"),
        ("                 Apache License\n           Version 2.0, January 2004", "Apache-2.0"),
        ("a story of a fox", ""),
        ("Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
         "... GNU General Public License", ""),
    ],
)  # fmt: skip
def test_a_licence_file_is_recognized_by_its_phrases(text: str, licence: str) -> None:
    assert judge_text(text).licence == licence, text


def test_the_head_of_a_file_may_refuse_it() -> None:
    refused = ["// SPDX-License-Identifier: GPL-2.0\nint x;", "# under the GNU General Public\n# License\nx = 1"]
    for text in refused:
        verdict = judge_head(text)
        assert verdict and not verdict.is_allowed, text
    assert judge_head("/* SPDX-License-Identifier: MIT */\nint x;").is_allowed
    assert judge_head("int x;") is None, "most files say nothing of a licence"


def test_licence_files_are_known_by_name() -> None:
    names = {
        "LICENSE": True,
        "LICENCE.md": True,
        "COPYING": True,
        "UNLICENSE": True,
        "license.rs": True,
        "listen.py": False,
    }
    for name, expected in names.items():
        assert is_licence_file(name) == expected, name


def test_the_list_has_no_licence_that_is_not_allowed() -> None:
    packages = read_list(ROOT / "corpus.tsv")
    assert len(packages) > 500, "the list is the corpus's"
    for package in packages:
        words = package.licence.replace("(", " ").replace(")", " ").split()
        licences = {word for word in words if word not in {"AND", "OR", "WITH", "LLVM-exception"}}
        assert licences and licences <= ALLOWED, package
        assert package.hash.startswith(("sha256:", "sha512:")), f"{package} can be fetched by its hash"
