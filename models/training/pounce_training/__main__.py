"""The command line: one command a step of the pipeline, in the order of the README."""

import argparse
import importlib
import sys

from .calibration import commands as calibration
from .corpus import commands as corpus

_OPTIONAL = {"torch", "numpy", "tokenizers", "safetensors", "transformers", "tree_sitter", "tree_sitter_language_pack"}


def main() -> int:
    """Runs one command. Returns the exit status; an error is printed in one line."""
    parser = argparse.ArgumentParser(prog="pounce_training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    corpus.add(commands)
    calibration.add(commands)
    _add_with_torch(commands)
    options = parser.parse_args()
    try:
        options.run(options)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"pounce_training: {error}", file=sys.stderr)
        return 1
    return 0


def _add_with_torch(commands: argparse._SubParsersAction) -> None:
    """Adds the commands whose libraries are installed. The corpus's need no PyTorch, and the teacher's need more."""
    for name in ("network", "teacher"):
        try:
            importlib.import_module(f".{name}.commands", __package__).add(commands)
        except ModuleNotFoundError as missing:
            if missing.name not in _OPTIONAL:
                raise


if __name__ == "__main__":
    sys.exit(main())
