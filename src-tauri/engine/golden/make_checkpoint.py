"""Creates a checkpoint in the shape and with the file names of Salesforce/codet5p-220m: random weights, and a byte-level
BPE tokenizer trained on the Python that comes with the interpreter.

    make_checkpoint.py OUT

Needs torch, transformers and tokenizers, as in ../../bench/requirements.txt.
"""

import json
import sys
import sysconfig
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import T5Config, T5ForConditionalGeneration

SPECIALS = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
SENTINELS = [f"<extra_id_{index}>" for index in reversed(range(100))]
VOCAB_SIZE = 32_100
# With T5's larger initial embeddings, the layers would hardly matter: every token would predict itself.
EMBEDDING_SCALE = 0.05


def main(out):
    out.mkdir()
    write_tokenizer(out)
    torch.manual_seed(1)
    model = T5ForConditionalGeneration(config())
    model.shared.weight.data *= EMBEDDING_SCALE
    model.config.save_pretrained(out)
    # In fp16, which converts to 32-bit floats without loss.
    torch.save(model.half().state_dict(), out / "pytorch_model.bin")


def config():
    return T5Config(
        architectures=["T5ForConditionalGeneration"],
        vocab_size=VOCAB_SIZE,
        d_model=768,
        d_kv=64,
        d_ff=3072,
        num_layers=12,
        num_heads=12,
        feed_forward_proj="relu",
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=0,
        n_positions=512,
    )


def write_tokenizer(out):
    """Writes vocab.json and merges.txt, with the sentinels at the end as in CodeT5."""
    sources = [str(path) for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))]
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train(sources, vocab_size=VOCAB_SIZE - len(SENTINELS), min_frequency=1, special_tokens=SPECIALS)
    assert tokenizer.get_vocab_size() == VOCAB_SIZE - len(SENTINELS), "the sources have too few words"
    tokenizer.save_model(str(out))
    ids = {token: VOCAB_SIZE - len(SENTINELS) + index for index, token in enumerate(SENTINELS)}
    (out / "added_tokens.json").write_text(json.dumps(ids))
    specials = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    specials |= {"mask_token": "<mask>", "additional_special_tokens": SENTINELS}
    (out / "special_tokens_map.json").write_text(json.dumps(specials))
    (out / "tokenizer_config.json").write_text(json.dumps(specials | {"tokenizer_class": "RobertaTokenizer"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
