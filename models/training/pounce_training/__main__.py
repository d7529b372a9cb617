"""The command line: one command a step of the pipeline, in the order of the README."""

import argparse
import sys

from .calibration import commands as calibration
from .corpus import commands as corpus


def main() -> int:
    """Runs one command. Returns the exit status; an error is printed in one line."""
    parser = argparse.ArgumentParser(prog="pounce_training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    corpus.add(commands)
    calibration.add(commands)
    _add_network(commands)
    options = parser.parse_args()
    try:
        options.run(options)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"pounce_training: {error}", file=sys.stderr)
        return 1
    return 0


def _add_network(commands: argparse._SubParsersAction) -> None:
    """Adds the network's commands, which need PyTorch, if it is installed. The corpus commands work without it."""
    try:
        from .network import commands as network
    except ModuleNotFoundError as missing:
        if missing.name not in {"torch", "numpy", "tokenizers", "safetensors"}:
            raise
        return
    network.add(commands)


if __name__ == "__main__":
    sys.exit(main())
