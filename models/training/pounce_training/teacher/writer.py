"""`Writer`: the teacher's model, which answers many requests at once. Alone in naming transformers.

Sampling takes the `TOP_K` likeliest tokens before anything else: nucleus sampling over a whole vocabulary sorts it,
which takes longer than the model. Rows that have ended leave the batch.
"""

from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, GgufConfig

from .answer import Answer

TEMPERATURE, TOP_K, TOP_P = 0.8, 30, 0.95
_SYSTEM = "You are an expert programmer."
# Rows are taken out together: copying the cache costs as much as some steps.
_MAX_ENDED = 0.15


class Writer:
    """A causal language model that was trained to follow instructions."""

    def __init__(self, path: Path, dtype: torch.dtype) -> None:
        """Loads a GGUF file, whose weights are unpacked, or a folder of Hugging Face."""
        where, file = (path.parent, {"gguf_file": path.name}) if path.suffix == ".gguf" else (path, {})
        unpacked = {"quantization_config": GgufConfig(dequantize=True)} if file else {}
        self._tokenizer = AutoTokenizer.from_pretrained(where, padding_side="left", **file)
        self._model = AutoModelForCausalLM.from_pretrained(where, dtype=dtype, **file, **unpacked).eval()
        ends = self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id
        self._ends = {self._tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}

    def write(self, requests: list[str], max_tokens: int, seed: int) -> list[Answer]:
        """Answers all requests; the same seed gives the same answers on the same machine."""
        prompts = self._tokenizer([self._prompt(it) for it in requests], return_tensors="pt", padding=True)
        generator = torch.Generator().manual_seed(seed)
        rows = self._sample(prompts.input_ids, prompts.attention_mask, max_tokens, generator)
        return [self._answer(row) for row in rows]

    def _prompt(self, request: str) -> str:
        turns = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": request}]
        return self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)

    def _answer(self, row: list[int]) -> Answer:
        is_ended = bool(row) and row[-1] in self._ends
        return Answer(self._tokenizer.decode(row, skip_special_tokens=True), is_ended)

    @torch.inference_mode()
    def _sample(self, ids: Tensor, mask: Tensor, max_tokens: int, generator: torch.Generator) -> list[list[int]]:
        """The tokens of each row, `ids` and `mask` `[rows, prompt]`; an end token is the last of a row that ended."""
        written: list[list[int]] = [[] for _ in ids]
        rows = list(range(len(ids)))
        cache = DynamicCache()
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        for _ in range(max_tokens):
            logits = self._step(ids, mask, positions, cache)
            tokens = draw(logits, generator)
            for row, token in zip(rows, tokens.tolist(), strict=True):
                if not self._is_ended(written[row]):
                    written[row].append(token)
            alive = [i for i, row in enumerate(rows) if not self._is_ended(written[row])]
            if not alive:
                break
            if len(alive) <= (1 - _MAX_ENDED) * len(rows):
                rows, kept = [rows[i] for i in alive], torch.tensor(alive)
                cache.batch_select_indices(kept)
                mask, tokens, positions = mask[kept], tokens[kept], positions[kept]
            ids = tokens[:, None]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            positions = positions[:, -1:] + 1
        return written

    def _step(self, ids: Tensor, mask: Tensor, positions: Tensor, cache: DynamicCache) -> Tensor:
        """The logits after the last token of each row, `[rows, vocabulary]`."""
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            cache=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1]

    def _is_ended(self, row: list[int]) -> bool:
        return bool(row) and row[-1] in self._ends


def draw(logits: Tensor, generator: torch.Generator) -> Tensor:
    """A token for each row of `logits [rows, vocabulary]`, from the nucleus of its likeliest tokens."""
    values, tokens = logits.float().topk(min(TOP_K, logits.shape[-1]), dim=-1)
    shares = (values / TEMPERATURE).softmax(-1)
    before = shares.cumsum(-1) - shares
    chosen = torch.multinomial(shares.masked_fill(before >= TOP_P, 0.0), 1, generator=generator)
    return tokens.gather(1, chosen)[:, 0]
