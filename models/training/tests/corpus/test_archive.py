"""From archives to shards: a corpus of packages made here."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from pounce_training.corpus.archive import BadArchive, members
from pounce_training.corpus.build import build
from pounce_training.corpus.licence.debian_copyright import Copyright
from pounce_training.corpus.package import BadList, Package, read_list, write_list
from pounce_training.corpus.record import read_shard
from pounce_training.corpus.registries.client import ClientError, check_hash, hex_of_integrity

MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"


def code(word: str) -> str:
    return "".join(f"def {word}_number_{i}(value):\n    return value + {i} * {word}_factor\n\n" for i in range(9))


def write_tar(path: Path, files: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))


def package(registry: str, name: str) -> Package:
    return Package(registry, name, "1.0", "MIT", "metadata", "sha256:0")


def test_a_corpus_is_built_without_what_may_not_be_in_it(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    write_tar(archives / "crates/good-1.0.crate", {
        "good-1.0/LICENSE": MIT,
        "good-1.0/src/a.py": code("alpha") + "# mail someone@firm.io\n",
        "good-1.0/src/copy.py": code("alpha"),
        "good-1.0/vendor/b.py": code("beta"),
        "good-1.0/notes.txt": "no code",
    })  # fmt: skip
    write_tar(archives / "crates/bad-1.0.crate", {
        "bad-1.0/COPYING": "GNU GENERAL PUBLIC LICENSE",
        "bad-1.0/src/a.py": code("gamma"),
    })  # fmt: skip
    write_tar(archives / "crates/axum-1.0.crate", {"axum-1.0/src/a.py": code("delta")})
    names = ["good", "bad", "axum"]
    tally = build([package("crates", name) for name in names], archives, tmp_path / "out")
    train = list(read_shard(tmp_path / "out/train-000.jsonl.xz"))
    held = list(read_shard(tmp_path / "out/held-000.jsonl.xz"))
    assert [(it.package, it.path) for it in train] == [("crates:good", "src/a.py")]
    assert "user@example.com" in train[0].text and "firm.io" not in train[0].text
    assert [it.package for it in held] == ["crates:axum"], "it is held out"
    listed = [it.name for it in read_list(tmp_path / "out/corpus.tsv")]
    assert listed == ["axum", "good"], "the list beside the shards has what was used"
    assert tally.refused == {"near-duplicate": 1, "vendored": 1}
    assert "bad" in next(iter(tally.refused_packages)), "its licence file is of another licence than it says"


def test_wheels_and_damaged_archives(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/__init__.py", "x = 1\n")
    assert [(it.path, it.data) for it in members(wheel)] == [("a/__init__.py", b"x = 1\n")]
    wheel.write_bytes(b"no archive")
    with pytest.raises(BadArchive, match=r"a\.whl cannot be read"):
        list(members(wheel))


def test_debian_says_for_each_file_what_it_is_under() -> None:
    text = f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: A
License: Expat

Files: tools/*
 old/x.c
Copyright: B
License: GPL-2+

Files: own/*
Copyright: C
License: odd-name

License: odd-name
 {MIT}
"""
    found = Copyright.parse(text)
    assert found.main_verdict().licence == "MIT"
    expected = {"src/a.c": True, "tools/b.sh": False, "old/x.c": False, "own/deep/c.c": True}
    for path, is_allowed in expected.items():
        assert found.verdict(path).is_allowed == is_allowed, path
    assert not Copyright.parse("It is free.").main_verdict().is_allowed, "another format covers nothing"


def test_a_list_is_read_back_and_a_damaged_one_named(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    entries = [package("npm", "b"), package("crates", "a"), package("npm", "b")]
    write_list(path, entries, Package)
    assert read_list(path) == [entries[1], entries[0]], "sorted, each once"
    path.write_text(path.read_text() + "nonsense\n")
    with pytest.raises(BadList, match=r"line 4 of .*list\.tsv"):
        read_list(path)


def test_a_file_with_another_hash_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(b"abc")
    integrity = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    check_hash(path, hex_of_integrity(integrity))
    with pytest.raises(ClientError, match="another hash"):
        check_hash(path, "sha512:00")
    assert not path.exists(), "so that it is fetched again"
