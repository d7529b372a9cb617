"""Writes what llama.cpp makes of a GGUF file, for the engine's test `llama_cpp`:

    reference_llama_cpp.py FILE.gguf REFERENCE.json
    POUNCE_LLAMA_CPP=REFERENCE.json cargo test --release -p pounce-engine llama_cpp -- --nocapture

Prompts are pieces of this repository's code: plain ones, and gaps to fill if the file has tokens for that. With each
come llama.cpp's tokens, its logits after the last one, and what it writes greedily, with the margin between the best and
the second best token.
"""

import argparse
import json
from pathlib import Path

import llama_cpp
import numpy
from prompts import Prompts

# Marks of Qwen2.5-Coder around the code before and after a gap.
PREFIX, SUFFIX, MIDDLE = "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"
CONTEXT = 1024
# Lines of a prompt, and of the code on each side of a gap.
LINES = 12


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--prompts", type=int, default=28)
    parser.add_argument("--gaps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    model = llama_cpp.Llama(
        str(arguments.gguf), n_ctx=CONTEXT, n_threads=arguments.threads, n_threads_batch=arguments.threads, logits_all=False, verbose=False
    )
    prompts = Prompts()
    plain = [plain_prompt(prompts) for _ in range(arguments.prompts)]
    cases = [case(model, text, "", text, 512 if index == 0 else 1) for index, text in enumerate(plain)]
    if len(model.tokenize(MIDDLE.encode(), add_bos=False, special=True)) == 1:
        gaps = [gap(prompts) for _ in range(arguments.gaps)]
        cases += [case(model, before, after, f"{PREFIX}{before}{SUFFIX}{after}{MIDDLE}", 24) for before, after in gaps]
    arguments.out.write_text(json.dumps({"gguf": str(arguments.gguf.resolve()), "cases": cases}))
    print(f"wrote {len(cases)} cases to {arguments.out}")


def plain_prompt(prompts):
    return "".join(prompts.text().splitlines(keepends=True)[-LINES:])


def gap(prompts):
    """The code before and after a gap, which is the end of a line."""
    lines = prompts.text().splitlines(keepends=True)[-2 * LINES :]
    middle = next((index for index in range(LINES, 2 * LINES) if len(lines[index].strip()) > 20), LINES)
    start = len(lines[middle]) // 2
    # A blank at the end would be written by the model.
    before = ("".join(lines[:middle]) + lines[middle][:start]).rstrip()
    return before, "\n" + "".join(lines[middle + 1 :])


def case(model, before, after, prompt, n_new):
    ids = model.tokenize(prompt.encode(), add_bos=False, special=True)
    model.reset()
    model.eval(ids)
    logits, written = scores(model), []
    ends = {model.token_eos(), model.token_bos()}
    after = logits
    for _ in range(n_new):
        second, best = numpy.partition(after, -2)[-2:]
        token = int(after.argmax())
        written.append([token, float(best - second)])
        if token in ends:
            break
        model.eval([token])
        after = scores(model)
    return {"prefix": before, "suffix": after, "token_ids": ids, "logits": [round(float(x), 4) for x in logits], "written": written}


def scores(model):
    """The logits after the last token."""
    pointer = llama_cpp.llama_get_logits_ith(model.ctx, -1)
    return numpy.ctypeslib.as_array(pointer, shape=(model.n_vocab(),)).copy()


if __name__ == "__main__":
    main()
