"""Writes what Hugging Face transformers generates greedily from a T5 checkpoint in 32-bit floats: the reference of
`../src/model_tests/transformers.rs`.

    reference_ids.py CHECKPOINT OUT.json [--prompts N] [--tokens N]

Needs torch and transformers, as in ../../bench/requirements.txt. Prompts are random ids of growing length, because two
programs have to compute the same for any tokens.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from transformers import T5ForConditionalGeneration

FIRST_WORD, LONGEST = 5, 448


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("checkpoint", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--prompts", type=int, default=40)
    arguments.add_argument("--tokens", type=int, default=32)
    arguments = arguments.parse_args()
    model = T5ForConditionalGeneration.from_pretrained(arguments.checkpoint, dtype=torch.float32).eval()
    prompts = list(make_prompts(arguments.prompts, model.config))
    cases = [generate(model, prompt, arguments.tokens) for prompt in prompts]
    arguments.out.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    margin = min(min(case["margins"]) for case in cases)
    print(f"{sum(len(case['generated_ids']) for case in cases)} ids; the smallest top-2 margin is {margin:.2g}")


def make_prompts(count, config):
    """Random prompts from 8 tokens to the longest that CodeT5 was trained on, each with an end token."""
    numbers = random.Random(1)
    for index in range(count):
        length = round(8 * (LONGEST / 8) ** (index / max(count - 1, 1)))
        words = [numbers.randrange(FIRST_WORD, config.vocab_size) for _ in range(length - 1)]
        yield [*words, config.eos_token_id]


def generate(model, prompt, n_tokens):
    """One case, with the top-2 margin of every generated token."""
    output = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=n_tokens,
        do_sample=False,
        num_beams=1,
        return_dict_in_generate=True,
        output_logits=True,
    )
    best = [logits[0].topk(2).values for logits in output.logits]
    margins = [round(float(first - second), 6) for first, second in best]
    return {"encoder_input_ids": prompt, "generated_ids": output.sequences[0, 1:].tolist(), "margins": margins}


if __name__ == "__main__":
    main()
