"""CTranslate2 with 8-bit weights, greedy, from token ids to token ids."""

import json
from pathlib import Path

import ctranslate2


class Peer:
    version = f"CTranslate2 {ctranslate2.__version__}, int8"

    def __init__(self, model, threads):
        folder = Path(model) / "ctranslate2"
        self.translator = ctranslate2.Translator(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
        )
        self.tokens = json.loads((folder / "shared_vocabulary.json").read_text())
        self.ids = {token: token_id for token_id, token in enumerate(self.tokens)}

    def generate(self, ids, new_tokens):
        source = [[self.tokens[token_id] for token_id in ids]]
        result = self.translator.translate_batch(
            source,
            beam_size=1,
            min_decoding_length=new_tokens,
            max_decoding_length=new_tokens,
            max_input_length=0,
        )
        return [self.ids[token] for token in result[0].hypotheses[0]]
