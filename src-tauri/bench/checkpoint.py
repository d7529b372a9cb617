"""Writes a Hugging Face checkpoint from a converted T5 model, so that peers run exactly the weights that Pounce runs.

The 8-bit integers times their scales are 32-bit floats, without loss. What the converter has changed is reverted: the
scale of the head, the packed projections, and the position biases, which are stored by distance instead of by bucket.
"""

import json
import math
import shutil
from pathlib import Path

import numpy
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

# (buckets, largest distance) of known T5 models; the pair that reproduces the stored table is used.
BUCKETINGS = [(32, 128), (64, 512), (64, 256), (32, 256)]
EPSILON = 1e-6


def export(model, out):
    """Writes config.json, model.safetensors and the tokenizer of the model folder `model` into `out`."""
    manifest = json.loads((model / "manifest.json").read_text())
    sizes = manifest["dimensions"]
    weights, operators = read(model)
    bucketing = None
    for name in [name for name in weights if name.endswith("relative_attention_bias.weight")]:
        bucketing, weights[name] = to_buckets(weights[name], is_both_ways=name.startswith("encoder"))
    head_scale = sizes["d_model"] ** -0.5
    weights["decoder.final_layer_norm.weight"] = weights["decoder.final_layer_norm.weight"] / numpy.float32(head_scale)
    config = {
        "model_type": "t5",
        "architectures": ["T5ForConditionalGeneration"],
        "vocab_size": sizes["vocab_size"],
        "d_model": sizes["d_model"],
        "d_kv": sizes["head_size"],
        "d_ff": weights["encoder.block.0.layer.1.DenseReluDense.wi.weight"].shape[0],
        "num_heads": sizes["n_heads"],
        "num_layers": sizes["n_encoder_layers"],
        "num_decoder_layers": sizes["n_decoder_layers"],
        "relative_attention_num_buckets": bucketing[0],
        "relative_attention_max_distance": bucketing[1],
        "feed_forward_proj": "relu",
        "layer_norm_epsilon": EPSILON,
        "tie_word_embeddings": True,
        "scale_decoder_outputs": True,
        "pad_token_id": 0,
        "decoder_start_token_id": manifest["special_tokens"]["decoder_start"],
        "eos_token_id": manifest["special_tokens"]["end"][0],
    }
    assert "Relu" in operators, "the embedded model's activation; others want another config"
    out.mkdir()
    (out / "config.json").write_text(json.dumps(config, indent=2))
    weights = {name: numpy.ascontiguousarray(value, dtype=numpy.float32) for name, value in weights.items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(model / "tokenizer.json", out)


def write_tokenizer(source, out):
    """Copies the tokenizer, with the config from which transformers knows its class."""
    target = out / "tokenizer.json"
    if source != target:
        shutil.copy(source, target)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    (out / "tokenizer_config.json").write_text(json.dumps(config))


def read(model):
    """Returns all weights as floats, by their names in the checkpoint, and the set of operators in the graphs."""
    tensors, operators = {}, set()
    for name in ("encoder", "decoder"):
        graph = onnx.load(model / f"{name}.onnx").graph
        operators |= {node.op_type for node in graph.node}
        tensors |= {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {}
    for name, value in tensors.items():
        stem = name.removesuffix(".rows").removesuffix(".blocks").removesuffix(".columns")
        if stem != name:
            weights[stem] = dequantize(name, value, tensors[f"{stem}.scales"])
        elif value.dtype == numpy.float32 and not name.endswith(".scales"):
            weights[name] = value
    for name in [name for name in weights if ".qkv." in name]:
        for part, matrix in zip("qkv", numpy.split(weights.pop(name), 3)):
            weights[name.replace(".qkv.", f".{part}.")] = matrix
    return weights, operators


def dequantize(name, quants, scales):
    if name.endswith(".columns"):
        return (quants.astype(numpy.float32) * scales).T
    blocks = quants.astype(numpy.float32).reshape(*scales.shape, -1) - 128
    return (blocks * scales[..., None]).reshape(len(scales), -1)


def to_buckets(table, is_both_ways):
    """Turns a table [n_heads, distances] into its pair from `BUCKETINGS` and the table [n_buckets, n_heads]."""
    n_heads, width = table.shape
    n_positions = (width + 1) // 2 if is_both_ways else width
    distances = numpy.arange(width) - (n_positions - 1 if is_both_ways else 0)
    for n_buckets, max_distance in BUCKETINGS:
        buckets = [bucket(int(distance), n_buckets, max_distance, is_both_ways) for distance in distances]
        weights = numpy.zeros((n_buckets, n_heads), numpy.float32)
        weights[buckets] = table.T
        if numpy.array_equal(weights[buckets], table.T):
            return (n_buckets, max_distance), weights
    raise SystemExit("the position biases are of no known bucketing: add it to checkpoint.py")


def bucket(distance, n_buckets, max_distance, is_both_ways):
    """T5's bucket of a distance: key minus query if `is_both_ways`, otherwise query minus key."""
    offset = 0
    if is_both_ways:
        n_buckets //= 2
        offset = n_buckets if distance > 0 else 0
        distance = abs(distance)
    exact = n_buckets // 2
    if distance < exact:
        return offset + distance
    ratio = numpy.log(numpy.float32(distance) / numpy.float32(exact)) / numpy.float32(math.log(max_distance / exact))
    return offset + min(exact + int(ratio * numpy.float32(n_buckets - exact)), n_buckets - 1)
