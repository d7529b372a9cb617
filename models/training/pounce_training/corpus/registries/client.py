"""Runs a registry's client, and checks the files it fetched."""

import base64
import hashlib
import os
import subprocess
from pathlib import Path


class ClientError(RuntimeError):
    """A client failed, or fetched a file that differs from the list's."""


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    """Runs a client in `folder` and returns what it prints."""
    result = subprocess.run(
        command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if result.returncode:
        last = (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()[-1]
        raise ClientError(f"{' '.join(command[:2])} failed: {last}")
    return result.stdout


def check_hash(path: Path, expected: str) -> None:
    """Compares a file with the hash of the list; a wrong file is deleted, so that it is fetched again."""
    algorithm, _, digits = expected.partition(":")
    if not path.is_file():
        raise ClientError(f"{path.name} was not fetched: run the command again")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != digits:
        path.unlink()
        raise ClientError(f"{path.name} has another hash than the list says; it is deleted")


def hex_of_integrity(integrity: str) -> str:
    """Converts npm's `sha512-…` in base64 to the list's form."""
    algorithm, _, encoded = integrity.split()[0].partition("-")
    return f"{algorithm}:{base64.b64decode(encoded).hex()}"
