"""The models to measure with, each in the formats of all peers, made from one set of weights.

The files are made once and kept in a work folder. The embedded model's weights come from its own 8-bit graphs
(`checkpoint.py`), or from the checkpoint that POUNCE_BENCH_CHECKPOINT names. codet5p-220m's shape gets seeded random
weights, because speed does not depend on their values.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import checkpoint

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Model:
    name: str
    # Description and origin of the weights, for the report.
    about: str
    folder: Path
    pounce: Path
    gguf: Path | None = None
    # With random weights tokens are nearly tied, so agreement between programs means nothing.
    is_random: bool = False


def embedded(work, pounce):
    pounce_model = REPOSITORY / "models" / "pounce-50m"
    # The digest keeps the files of an older embedded model apart.
    digest = hashlib.sha256((pounce_model / "manifest.json").read_bytes()).hexdigest()[:8]
    folder = work / f"pounce-50m-{digest}"
    model = Model("pounce-50m", "the embedded model, 8 bits", folder, pounce_model)
    given = os.environ.get("POUNCE_BENCH_CHECKPOINT")
    if given:
        model.about += ", its peers from the checkpoint it was made of"
        make(folder / "checkpoint", lambda out: shutil.copytree(given, out))
    else:
        model.about += ", its peers from the same weights, written out as floats"
        make(folder / "checkpoint", lambda out: checkpoint.export(model.pounce, out))
    make_peers_files(folder)
    return model


def codet5p_220m(work, pounce):
    folder = work / "codet5p-220m"
    make(folder / "checkpoint", random_checkpoint)
    convert = lambda out: run(pounce, "convert", folder / "checkpoint", "--out", out, "--id", "codet5p-220m")
    make(folder / "pounce", convert)
    make_peers_files(folder)
    about = "codet5p-220m's shape with random weights, 8 bits"
    return Model("codet5p-220m", about, folder, folder / "pounce", is_random=True)


def gguf(work, pounce, path):
    folder = work / path.stem
    model = Model(path.stem, f"{path.name}, decoder-only", folder, folder / "pounce", gguf=path)
    folder.mkdir(parents=True, exist_ok=True)
    make(model.pounce, lambda out: run(pounce, "convert", path, "--out", out, "--id", path.stem))
    return model


def make_peers_files(folder):
    source = folder / "checkpoint"
    make(folder / "ctranslate2", lambda out: to_ctranslate2(source, out))
    make(folder / "onnx", lambda out: to_onnx(source, out))


def to_ctranslate2(source, out):
    converter = Path(sys.executable).with_name("ct2-transformers-converter")
    run(converter, "--model", source, "--output_dir", out, "--quantization", "int8")


def to_onnx(source, out):
    task = "text2text-generation-with-past"
    run(sys.executable, "-m", "optimum.exporters.onnx", "--model", source, "--task", task, "--no-post-process", out)


def random_checkpoint(out):
    example = ["--example", "random_checkpoint", "--", out, "--shape", "codet5p-220m"]
    run("cargo", "run", "--quiet", "--release", "--locked", "--package", "pounce-convert", *example)


def make(path, build):
    """Calls `build` to write `path`, unless it exists. An interrupted build is repeated from the start."""
    if path.exists():
        return
    half = path.with_name(path.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    print(f"making {path.parent.name}/{path.name}", file=sys.stderr)
    build(half)
    half.rename(path)


def run(*command):
    done = subprocess.run([str(part) for part in command], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
