"""Checkpoint folders with Hugging Face's names: `pounce convert` reads them, and a run may start from one."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from ..settings import Sizes

_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class _Name:
    ours: str
    theirs: str
    is_query: bool = False


def save(folder: Path, network: dict[str, torch.Tensor], sizes: Sizes, tokenizer: Path) -> None:
    """Writes weights in half precision, configuration and tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = sizes.head_size**-0.5
    tensors = {
        name.theirs: (network[name.ours].float() * (scale if name.is_query else 1.0)).half().numpy()
        for name in _names(sizes)
    }
    save_file(tensors, folder / _WEIGHTS, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(_config(sizes), indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(tokenizer, folder / "tokenizer.json")


def load(folder: Path, sizes: Sizes) -> dict[str, torch.Tensor]:
    """Reads weights in full precision, under the network's own names."""
    tensors = load_file(folder / _WEIGHTS)
    scale = sizes.head_size**0.5
    network = {}
    for name in _names(sizes):
        if name.theirs not in tensors:
            raise ValueError(f"{folder / _WEIGHTS} has no {name.theirs}: it is of another architecture")
        values = tensors[name.theirs].astype(np.float32) * np.float32(scale if name.is_query else 1.0)
        network[name.ours] = torch.from_numpy(values)
    return network


def _names(sizes: Sizes) -> Iterator[_Name]:
    yield _Name("embedding.weight", "shared.weight")
    for stack, n_layers in (("encoder", sizes.encoder_layers), ("decoder", sizes.decoder_layers)):
        first = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        yield _Name(f"{stack}_bias.weight", first)
        yield _Name(f"{stack}_norm.weight", f"{stack}.final_layer_norm.weight")
        for layer in range(n_layers):
            yield from _layer(f"{stack}.{layer}", f"{stack}.block.{layer}.layer", is_decoder=stack == "decoder")


def _layer(ours: str, theirs: str, is_decoder: bool) -> Iterator[_Name]:
    attentions = [("own", "SelfAttention")] + ([("cross", "EncDecAttention")] if is_decoder else [])
    for idx, (attention, their_attention) in enumerate(attentions):
        yield _Name(f"{ours}.{attention}_norm.weight", f"{theirs}.{idx}.layer_norm.weight")
        for matrix in "qkvo":
            their_name = f"{theirs}.{idx}.{their_attention}.{matrix}.weight"
            yield _Name(f"{ours}.{attention}.{matrix}.weight", their_name, is_query=matrix == "q")
    idx = len(attentions)
    yield _Name(f"{ours}.norm.weight", f"{theirs}.{idx}.layer_norm.weight")
    for matrix in ("wi", "wo"):
        yield _Name(f"{ours}.feed_forward.{matrix}.weight", f"{theirs}.{idx}.DenseReluDense.{matrix}.weight")


def _config(sizes: Sizes) -> dict[str, object]:
    own = asdict(sizes)
    return {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        "vocab_size": own["vocabulary"],
        "d_model": own["width"],
        "d_kv": own["head_size"],
        "d_ff": own["feed_forward"],
        "num_heads": own["heads"],
        "num_layers": own["encoder_layers"],
        "num_decoder_layers": own["decoder_layers"],
        "relative_attention_num_buckets": own["buckets"],
        "relative_attention_max_distance": own["max_distance"],
        "n_positions": own["max_prompt"],
        "feed_forward_proj": "relu",
        "layer_norm_epsilon": 1e-6,
        "dropout_rate": 0.0,
        "is_encoder_decoder": True,
        "tie_word_embeddings": True,
        "scale_decoder_outputs": True,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
    }
