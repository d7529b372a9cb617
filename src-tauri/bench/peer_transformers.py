"""Hugging Face transformers with 32-bit floats: the reference for ids, and what a Python user begins with."""

from pathlib import Path

import greedy
import torch
import transformers


class Peer:
    version = f"transformers {transformers.__version__} on PyTorch {torch.__version__}, float32"

    def __init__(self, model, threads):
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.model = transformers.T5ForConditionalGeneration.from_pretrained(
            Path(model) / "checkpoint", dtype=torch.float32
        ).eval()

    def generate(self, ids, new_tokens):
        return greedy.generate(self.model, ids, new_tokens)
