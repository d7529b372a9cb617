"""The teacher's model, with weights that were never trained."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from pounce_training.teacher.writer import TOP_K, Writer, draw

TEMPLATE = "{% for turn in messages %}{{ turn.content }} {% endfor %}"
REQUESTS = ["write a", "write a long program that does much", "write"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of Hugging Face with a tiny model and a tokenizer of a few words."""
    words = "<pad> <end> You are an expert programmer. write a long program that does much".split()
    model = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<pad>"))
    model.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=model, pad_token="<pad>", eos_token="<end>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(tmp_path)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        eos_token_id=1,
        pad_token_id=0,
    )
    Qwen2ForCausalLM(config).save_pretrained(tmp_path)
    return tmp_path


def test_a_seed_gives_the_same_answers_and_most_of_them_end(folder: Path) -> None:
    writer = Writer(folder, torch.float32)
    first, again, other = (writer.write(REQUESTS * 4, 64, seed) for seed in (1, 1, 2))
    assert first == again and first != other
    assert any(answer.is_ended for answer in first), "rows leave the batch when they end"
    assert len({answer.text for answer in first}) > 6, "they are sampled one by one"
    assert not any("<end>" in answer.text for answer in first)


def test_the_limit_cuts_answers_off(folder: Path) -> None:
    answers = Writer(folder, torch.float32).write(REQUESTS, 2, seed=3)
    assert all(len(answer.text.split()) <= 2 for answer in answers)


def test_a_row_that_has_ended_changes_nothing_for_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pounce_training.teacher.writer.draw", lambda logits, generator: logits.argmax(-1))
    writer = Writer(folder, torch.float32)
    together = writer.write(REQUESTS, 24, seed=0)
    alone = [writer.write([request], 24, seed=0)[0] for request in REQUESTS]
    assert together == alone, "neither padding nor the rows that left"


def test_a_token_is_drawn_from_the_nucleus() -> None:
    logits = torch.full((2, 100), -5.0)
    logits[0, 7], logits[1, 3], logits[1, 4] = 20.0, 5.0, 5.0
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([draw(logits, generator) for _ in range(50)])
    assert set(drawn[:, 0].tolist()) == {7} and set(drawn[:, 1].tolist()) == {3, 4}
    flat = torch.stack([draw(torch.arange(100.0)[None] / 1000, generator) for _ in range(200)])
    assert flat.min() >= 100 - TOP_K, "never one that is not among the likeliest"
