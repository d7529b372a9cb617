"""Greedy generation through transformers' `generate`, which Optimum's models have as well."""

import torch


def generate(model, ids, new_tokens):
    """Generates exactly `new_tokens` ids, not counting the decoder's start token."""
    output = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        min_new_tokens=new_tokens,
        max_new_tokens=new_tokens,
        do_sample=False,
        num_beams=1,
    )
    return output[0, 1:].tolist()
