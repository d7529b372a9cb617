"""Hugging Face transformers with 32-bit floats: the reference for ids, and what a Python user begins with."""

from pathlib import Path

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
        output = self.model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            min_new_tokens=new_tokens,
            max_new_tokens=new_tokens,
            do_sample=False,
            num_beams=1,
        )
        return output[0, 1:].tolist()
