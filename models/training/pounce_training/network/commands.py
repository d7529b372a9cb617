"""The network's commands: `tokenizer`, `encode`, `train`, `export`, `pack`, `unpack`."""

import argparse
import shutil
from pathlib import Path

import torch

from ..corpus.package import LIST_NAME
from .checkpoints import checkpoint_folder, packed
from .checkpoints.checkpoint import Checkpoint
from .sampling import tokenizer
from .sampling.encoded import encode
from .sampling.vocabulary import Vocabulary
from .settings import Settings
from .trainer import Paths, Trainer

_ROOT = Path(__file__).resolve().parents[2]
_TOKENIZER = _ROOT.parent / "pounce-50m" / "tokenizer.json"


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the commands to a parser."""
    learning = commands.add_parser("tokenizer", help="learn a new tokenizer; the embedded model's is the default")
    learning.add_argument("--out", type=Path, required=True)
    learning.add_argument("--size", type=int, default=16_384, help="tokens, the settings' `vocabulary`")
    learning.add_argument("--min-frequency", type=int, default=50, help="of a pair of tokens that becomes one")
    learning.set_defaults(run=_learn)
    encoding = commands.add_parser("encode", help="tokenize the shards")
    encoding.set_defaults(run=_encode)
    training = commands.add_parser("train", help="train for some minutes, from where the last stretch ended")
    training.add_argument("--settings", type=Path, default=_ROOT / "settings/real.toml")
    training.add_argument("--start", type=Path, help="a checkpoint folder to begin with, instead of random weights")
    training.add_argument("--programs", type=Path, help="a teacher's programs, if the settings ask for them")
    training.add_argument(
        "--held", type=Path, help="a folder with shards of held-out packages; the corpus's by default"
    )
    training.add_argument("--threads", type=int, help="threads of PyTorch; all cores by default")
    training.add_argument("--minutes", type=float, default=float("inf"))
    training.set_defaults(run=_train)
    exporting = commands.add_parser("export", help="write a folder for `pounce convert`")
    exporting.add_argument("--settings", type=Path, default=_ROOT / "settings/real.toml")
    exporting.add_argument("--out", type=Path, required=True)
    exporting.set_defaults(run=_export)
    packing = commands.add_parser("pack", help="pack the weights of a run into small files")
    packing.add_argument("--out", type=Path, required=True)
    packing.add_argument("--part-mib", type=int, default=16)
    packing.set_defaults(run=_pack)
    unpacking = commands.add_parser("unpack", help="make a run go on from packed weights")
    unpacking.add_argument("--packed", type=Path, required=True)
    unpacking.set_defaults(run=lambda it: _unpack(it.packed, it.run_folder))
    for parser in (learning, encoding, training, exporting):
        parser.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    for parser in (encoding, training, exporting):
        parser.add_argument("--tokenizer", type=Path, default=_TOKENIZER)
    for parser in (training, exporting, packing, unpacking):
        parser.add_argument("--run", type=Path, default=Path("work/run"), dest="run_folder")


def _learn(options: argparse.Namespace) -> None:
    shards = sorted(options.corpus.glob("train-*.jsonl.xz"))
    tokenizer.learn(shards, options.out, options.size, options.min_frequency)


def _encode(options: argparse.Namespace) -> None:
    vocabulary = Vocabulary(options.tokenizer)
    for shard in sorted(options.corpus.glob("train-*.jsonl.xz")):
        print(f"{shard.name}: {encode(shard, options.corpus / 'encoded', vocabulary):,} tokens", flush=True)


def _train(options: argparse.Namespace) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    paths = Paths(options.corpus, options.tokenizer, options.run_folder, options.start, options.programs, options.held)
    Trainer(Settings.load(options.settings), paths).run(options.minutes)


def _export(options: argparse.Namespace) -> None:
    """Writes the weights, with the list of packages they were trained on if the shards have one."""
    sizes = Settings.load(options.settings).sizes
    checkpoint_folder.save(options.out, _loaded(options.run_folder).network, sizes, options.tokenizer)
    if (options.corpus / LIST_NAME).is_file():
        shutil.copyfile(options.corpus / LIST_NAME, options.out / LIST_NAME)


def _pack(options: argparse.Namespace) -> None:
    for path in packed.pack(_loaded(options.run_folder), options.out, options.part_mib):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def _unpack(folder: Path, run: Path) -> None:
    run.mkdir(parents=True, exist_ok=True)
    packed.unpack(folder).save(run)


def _loaded(run: Path) -> Checkpoint:
    checkpoint = Checkpoint.load(run)
    if checkpoint is None:
        raise ValueError(f"{run} has no checkpoint: run the command `train` first")
    return checkpoint
