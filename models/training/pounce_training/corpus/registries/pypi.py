"""PyPI through `pip`: a dry run reports versions, licences and hashes. Only wheels, so nothing is built."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ..licence.expression import Verdict, judge, judge_all
from ..package import Package, Refusal
from .client import check_hash, run

# A fixed target, so that the same wheels are chosen on every machine.
_TARGET = [
    *("--only-binary", ":all:", "--no-deps", "--implementation", "cp", "--python-version", "3.12"),
    *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_27_x86_64"),
    *("--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64", "--platform", "any"),
]
_CLASSIFIER = "License :: "
# Names no particular licence.
_VAGUE = {"OSI Approved"}


def resolve(names: list[str], folder: Path) -> Iterator[Package | Refusal]:
    """The named packages, not what they depend on."""
    if not names:
        return
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "report.json"
    options = ["--dry-run", "--ignore-installed", "--quiet", "--report", str(report), "--target", str(folder / "none")]
    run([sys.executable, "-m", "pip", "install", *options, *_TARGET, *names], folder)
    for found in json.loads(report.read_text(encoding="utf-8"))["install"]:
        yield _entry(found["metadata"], found["download_info"]["archive_info"])


def fetch(packages: list[Package], folder: Path) -> None:
    """Downloads what is missing, with the hashes required, and gives each wheel its plain name."""
    missing = [package for package in packages if not (folder / archive_name(package)).is_file()]
    if missing:
        requirements = folder / "requirements.txt"
        lines = [f"{it.name}=={it.version} --hash={it.hash}" for it in missing]
        requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = ["--quiet", "--require-hashes", "--dest", str(folder), "--requirement", str(requirements)]
        run([sys.executable, "-m", "pip", "download", *options, *_TARGET], folder)
    for package in missing:
        for wheel in folder.glob(f"{_wheel_name(package.name)}-{package.version}-*.whl"):
            wheel.rename(folder / archive_name(package))
    for package in packages:
        check_hash(folder / archive_name(package), package.hash)


def archive_name(package: Package) -> str:
    return f"{_wheel_name(package.name)}-{package.version}.whl"


def _entry(metadata: dict, archive: dict) -> Package | Refusal:
    name, version = _wheel_name(metadata["name"]), metadata["version"]
    verdict, evidence = _judge(metadata)
    if not verdict.is_allowed:
        return Refusal("pypi", name, version, verdict.reason)
    return Package("pypi", name, version, verdict.licence, evidence, f"sha256:{archive['hashes']['sha256']}")


def _judge(metadata: dict) -> tuple[Verdict, str]:
    """Judges the licence expression, or else the classifiers, or else the free text."""
    if expression := metadata.get("license_expression"):
        return judge(expression), "metadata"
    stated = [it.removeprefix(_CLASSIFIER) for it in metadata.get("classifier", []) if it.startswith(_CLASSIFIER)]
    names = [it.removeprefix("OSI Approved :: ") for it in stated if it not in _VAGUE]
    if names:
        return judge_all(names), "classifier"
    return judge(metadata.get("license")), "metadata"


def _wheel_name(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()
