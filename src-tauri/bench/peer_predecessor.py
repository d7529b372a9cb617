"""A rebuild of Pounce's predecessor: a new Python process for every tokenization and detokenization, and a decoder
without a KV cache, which computes all earlier tokens again at every step (plain exported graphs, float32)."""

import json
import subprocess
import sys
from pathlib import Path

import numpy
import onnxruntime

TOKENIZE = """
import json, sys
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
request = json.load(sys.stdin)
text = request.get("text")
json.dump(tokenizer.decode(request["ids"]) if text is None else tokenizer(text).input_ids, sys.stdout)
"""


class Peer:
    version = f"the predecessor's way: Python per tokenization, ONNX Runtime {onnxruntime.__version__} without a cache"

    def __init__(self, model, threads):
        self.checkpoint = str(Path(model) / "checkpoint")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        folder = Path(model) / "onnx"
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(folder / f"{name}_model.onnx", options, ["CPUExecutionProvider"])
            for name in ("encoder", "decoder")
        )

    def generate(self, ids, new_tokens):
        # Only the time counts: a text of about as many tokens is tokenized, and the given ids are used.
        self.python({"text": "x " * len(ids)})
        ids = numpy.array([ids])
        mask = numpy.ones_like(ids)
        state = self.encoder.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": mask})[0]
        output = [0]
        for _ in range(new_tokens):
            inputs = {
                "input_ids": numpy.array([output]),
                "encoder_attention_mask": mask,
                "encoder_hidden_states": state,
            }
            logits = self.decoder.run(["logits"], inputs)[0]
            output.append(int(logits[0, -1].argmax()))
        self.python({"ids": output})
        return output[1:]

    def python(self, request):
        command = [sys.executable, "-c", TOKENIZE, self.checkpoint]
        done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)
