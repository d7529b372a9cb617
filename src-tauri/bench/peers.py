"""The compared programs, and how each is started, paused and asked.

A peer is a process that answers JSON lines (`worker.py`; `pounce bench --serve` speaks the same). Idle peers are
stopped by a signal, so that none spins or collects garbage while another is measured.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Kind:
    """One program to compare."""

    name: str
    label: str
    # Takes part in every n-th round; slow programs would otherwise take all of the time.
    every: int = 1
    # Whether the other programs' ids are compared with this one's.
    is_reference: bool = False


POUNCE = Kind("pounce", "Pounce")
CTRANSLATE2 = Kind("ctranslate2", "CTranslate2 int8")
ONNXRUNTIME = Kind("onnxruntime", "ONNX Runtime, Optimum", every=4)
TRANSFORMERS = Kind("transformers", "transformers float32", every=4, is_reference=True)
LLAMA_CPP = Kind("llama_cpp", "llama.cpp")
PREDECESSOR = Kind("predecessor", "predecessor's way", every=12)


class PeerError(Exception):
    """A peer did not start or ended early, with the reason."""


class Peer:
    """A running peer. Stopped except inside of `ask`."""

    def __init__(self, kind, model, threads, pounce):
        self.kind = kind
        self.log = open(model.folder / f"{kind.name}.log", "w")
        self.process = subprocess.Popen(
            command(kind, model, threads, pounce),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        ready = self.receive()
        self.version, self.load_ms, self.peak_bytes = ready["version"], ready["load_ms"], ready["peak_bytes"]
        self.signal(signal.SIGSTOP)

    def ask(self, keep=False, **request):
        """Asks for one completion. With `keep` the peer may reuse its cache of the prompt before, as Pounce always does."""
        self.signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(request | ({} if self.kind is POUNCE else {"keep": keep})) + "\n")
            self.process.stdin.flush()
            reply = self.receive()
        finally:
            self.signal(signal.SIGSTOP)
        self.peak_bytes = reply["peak_bytes"] or self.peak_bytes
        return reply

    def close(self):
        self.signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()
        self.log.close()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            last = Path(self.log.name).read_text().strip().splitlines()[-1:]
            raise PeerError(last[0] if last else f"it ended with {self.process.returncode}")
        return json.loads(line)

    def signal(self, number):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)


def command(kind, model, threads, pounce):
    if kind is POUNCE:
        drafts = ["--drafts", "0"] if model.is_random else []
        return [pounce, "bench", "--serve", "--model", str(model.pounce), "--threads", str(threads), *drafts]
    path = model.gguf if kind is LLAMA_CPP else model.folder
    return [sys.executable, str(HERE / "worker.py"), kind.name, "--model", str(path), "--threads", str(threads)]
