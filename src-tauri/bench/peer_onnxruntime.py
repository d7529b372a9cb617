"""ONNX Runtime from Python, on the graphs that Optimum exports, with a KV cache."""

from pathlib import Path

import greedy
import onnxruntime
import optimum.version
import torch
from optimum.onnxruntime import ORTModelForSeq2SeqLM


class Peer:
    version = f"ONNX Runtime {onnxruntime.__version__} with Optimum {optimum.version.__version__}, float32"

    def __init__(self, model, threads):
        torch.set_num_threads(threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.model = ORTModelForSeq2SeqLM.from_pretrained(
            Path(model) / "onnx", session_options=options, provider="CPUExecutionProvider"
        )

    def generate(self, ids, new_tokens):
        return greedy.generate(self.model, ids, new_tokens)
