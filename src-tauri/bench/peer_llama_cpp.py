"""llama.cpp on a GGUF file, greedy, from token ids to token ids. The cache is cleared first, unless `keep` is set."""

from importlib.metadata import version

import llama_cpp


class Peer:
    version = f"llama.cpp (llama-cpp-python {version('llama-cpp-python')})"

    def __init__(self, model, threads):
        self.model = llama_cpp.Llama(
            model, n_ctx=1024, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def generate(self, ids, new_tokens, keep=False):
        if not keep:
            self.model.reset()
        tokens = self.model.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0, reset=True)
        return [next(tokens) for _ in range(new_tokens)]
