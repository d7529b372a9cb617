"""The reports of the registries' clients become packages or refusals. No client is run here."""

import json
from pathlib import Path

import pytest

from pounce_training.corpus.commands import _is_named, _refused_beside
from pounce_training.corpus.package import Package, Refusal
from pounce_training.corpus.registries import REGISTRIES, crates, npm, pypi

INTEGRITY = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="


def summary(entries: list[Package | Refusal]) -> dict[str, str]:
    """Licence or reason by name."""
    return {it.name: it.licence if isinstance(it, Package) else it.reason for it in entries}


def test_a_lock_of_npm(tmp_path: Path) -> None:
    def locked(**more: object) -> dict:
        return {"version": "1.0.0", "integrity": INTEGRITY, "license": "MIT", **more}

    lock = tmp_path / "package-lock.json"
    packages = {
        "": {"name": "root", "license": "GPL-3.0"},
        "node_modules/a": locked(),
        "node_modules/a/node_modules/@s/b": locked(license="(MIT OR WTFPL)"),
        "node_modules/c": locked(license="MPL-2.0"),
        "node_modules/d": locked(cpu=["x64"]),
        "node_modules/e": {"version": "1.0.0", "link": True},
        "node_modules/f": locked(license=None),
    }
    lock.write_text(json.dumps({"packages": packages}))
    found = list(npm.resolve([str(lock)], tmp_path))
    assert summary(found) == {
        "a": "MIT",
        "@s/b": "MIT",
        "c": "MPL-2.0 is not on the list",
        "d": "a binary of one system",
        "f": "no licence is stated",
    }
    scoped = next(it for it in found if it.name == "@s/b")
    assert REGISTRIES["npm"].archive_name(scoped) == "s-b-1.0.0.tgz"
    assert scoped.hash.startswith("sha512:ddaf35a193617aba")


def test_metadata_of_cargo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = "registry+https://example.org/index"
    listed = [
        {"name": "own", "version": "0.1.0", "source": None, "license": "GPL-3.0"},
        {"name": "a", "version": "1.0.0", "source": registry, "license": "MIT/Apache-2.0"},
        {"name": "b", "version": "1.0.0", "source": registry, "license": "Unicode-3.0"},
        {"name": "windows-targets", "version": "1.0.0", "source": registry, "license": "MIT"},
    ]
    monkeypatch.setattr(crates, "run", lambda *_: json.dumps({"packages": listed}))
    entries = "".join(
        f'[[package]]\nname = "{it["name"]}"\nversion = "{it["version"]}"\nchecksum = "00"\n' for it in listed
    )
    (tmp_path / "Cargo.lock").write_text(entries)
    found = list(crates.resolve([str(tmp_path / "Cargo.toml")], tmp_path))
    assert summary(found) == {
        "a": "Apache-2.0 OR MIT",
        "b": "Unicode-3.0 is not on the list",
        "windows-targets": "generated bindings or tables",
    }


@pytest.mark.parametrize(
    ("metadata", "expected", "evidence"),
    [
        ({"license_expression": "BSD-3-Clause", "license": "GPL"}, "BSD-3-Clause", "metadata"),
        ({"classifier": ["License :: OSI Approved :: MIT License"], "license": "x" * 900}, "MIT", "classifier"),
        ({"classifier": ["License :: OSI Approved"], "license": "Apache 2.0"}, "Apache-2.0", "metadata"),
        (
            {"classifier": ["License :: OSI Approved :: MIT License", "License :: Public Domain"]},
            "unknown licence: Public Domain",
            None,
        ),
        ({}, "no licence is stated", None),
    ],
)
def test_a_report_of_pip(metadata: dict, expected: str, evidence: str | None) -> None:
    archive = {"hashes": {"sha256": "00"}}
    found = pypi._entry({"name": "A-b.C", "version": "1", **metadata}, archive)
    assert summary([found]) == {"a_b_c": expected}, "the name is the wheel's"
    assert getattr(found, "evidence", None) == evidence


def test_dependencies_are_left_out_of_a_list_of_named_packages() -> None:
    names = ["js-yaml", "pyo3", "scikit-learn"]
    entries = [
        Refusal("npm", "js-yaml", "1", ""),
        Refusal("npm", "argparse", "1", ""),
        Refusal("crates", "libc", "1", ""),
    ]
    entries.append(Refusal("pypi", "scikit_learn", "1", ""))
    assert [it.name for it in entries if _is_named(it, names)] == ["js-yaml", "scikit_learn"]


def test_each_list_has_its_refusals_beside_it() -> None:
    assert _refused_beside(Path("a/corpus.tsv")) == Path("a/refused.tsv")
    assert _refused_beside(Path("a/calibration.tsv")) == Path("a/calibration-refused.tsv")
