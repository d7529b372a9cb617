"""`make bench`: Pounce beside alternative programs, on the same weights, prompts and machine.

All peers of a model are loaded first. Each round asks all of them for the same completion, in a new random order, so
that a slow minute of the machine affects all. Greedy, batch of one, from token ids to token ids; only Pounce's time
includes tokenization and detokenization. Writes results.md and results.svg.
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import app
import models
import peers
import report
from prompts import Prompts

DEFAULT_WORK = models.REPOSITORY / "target" / "bench" / "models"


@dataclass(frozen=True)
class Task:
    """A completion to measure: `context` prompt tokens, `new_tokens` generated ones."""

    context: int
    new_tokens: int
    # The prompt has been read before, except for its last line.
    is_edited: bool = False
    # Pounce has read the prompt when it was copied. Other programs have no such time.
    is_ahead: bool = False

    @property
    def prompt(self):
        if self.is_ahead:
            return f"{self.context}, read when copied"
        return f"{self.context}, last line changed" if self.is_edited else str(self.context)


@dataclass(frozen=True)
class Row:
    """The key of one line of the report."""

    model: str
    task: Task
    threads: int
    peer: str


class Results:
    def __init__(self):
        self.times = defaultdict(list)
        self.agreement = defaultdict(list)
        self.peak_bytes = {}
        self.load_ms = {}
        self.versions = {}
        self.missing = []

    def add(self, row, reply, reference):
        self.times[row].append(reply["ms"])
        if reference:
            self.agreement[row.model, row.peer].append(common_share(reply["ids"], reference))


def common_share(ids, reference):
    """The share of `reference` before the first difference, from 0 to 1."""
    n_same = next((i for i, (a, b) in enumerate(zip(ids, reference)) if a != b), min(len(ids), len(reference)))
    return n_same / len(reference)


def main():
    arguments = parse()
    results, prompts, started = Results(), Prompts(), time.monotonic()
    plan = list(jobs(arguments))
    for position, (model, kinds, tasks, threads) in enumerate(plan):
        share = (arguments.minutes * 60 - (time.monotonic() - started)) / (len(plan) - position)
        measure(model, kinds, tasks, threads, arguments, prompts, results, time.monotonic() + share)
    through_app = app.measure() if arguments.app else app.Unmeasured("not asked for: --app")
    arguments.out.mkdir(parents=True, exist_ok=True)
    report.write(results, [job[0] for job in plan], through_app, arguments.out)
    print(f"wrote {arguments.out / 'results.md'}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pounce", type=Path, required=True, help="the release build of pounce")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder of the results")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="folder of the models' formats")
    parser.add_argument("--minutes", type=float, default=12, help="time to measure for, without making models")
    parser.add_argument("--rounds", type=int, default=40, help="the most repetitions of each row")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--gguf", type=Path, nargs="*", default=given_ggufs(), help="models to compare with llama.cpp")
    parser.add_argument("--app", action="store_true", help="also measure from hotkey to clipboard, on a display of its own")
    parser.add_argument("--gguf-only", action="store_true", help="only the models that --gguf names")
    parser.add_argument("--quick", action="store_true", help="the embedded model with two threads and few contexts")
    arguments = parser.parse_args()
    arguments.pounce = arguments.pounce.resolve()
    if arguments.quick:
        arguments.threads, arguments.minutes, arguments.gguf = [2], min(arguments.minutes, 2), []
    return arguments


def given_ggufs():
    return [Path(path) for path in os.environ.get("POUNCE_BENCH_GGUF", "").split(os.pathsep) if path]


def jobs(arguments):
    """Model, peers, tasks and threads of every block of measurements."""
    if not arguments.gguf_only:
        yield from t5_jobs(arguments)
    for path in arguments.gguf:
        model = models.gguf(arguments.work, arguments.pounce, path)
        tasks = [Task(32, 10), Task(64, 10), Task(256, 10), Task(256, 50), Task(256, 50, is_edited=True)]
        yield model, [peers.POUNCE, peers.LLAMA_CPP], tasks, max(arguments.threads)


def t5_jobs(arguments):
    contexts = [64, 256] if arguments.quick else [16, 64, 256, 512]
    line_and_block = [Task(context, new) for context in contexts for new in (10, 50)]
    seq2seq = [peers.POUNCE, peers.CTRANSLATE2, peers.ONNXRUNTIME, peers.TRANSFORMERS]
    embedded = models.embedded(arguments.work, arguments.pounce)
    ahead = [Task(context, 10, is_ahead=True) for context in contexts]
    for threads in reversed(arguments.threads):
        yield embedded, seq2seq, line_and_block + ahead, threads
    if arguments.quick:
        return
    large = models.codet5p_220m(arguments.work, arguments.pounce)
    yield large, [*seq2seq, peers.PREDECESSOR], [Task(7, 50), Task(256, 50)], max(arguments.threads)


def measure(model, kinds, tasks, threads, arguments, prompts, results, until):
    print(f"measuring {model.name}, {threads} threads", file=sys.stderr)
    running = [peer for kind in kinds if (peer := start(kind, model, threads, arguments.pounce, results))]
    try:
        for number in range(-1, arguments.rounds):
            for task in tasks:
                ask_all(running, model, task, threads, number, prompts, results)
            if number > 0 and time.monotonic() > until:
                break
    finally:
        for peer in running:
            peer.close()


def start(kind, model, threads, pounce, results):
    try:
        peer = peers.Peer(kind, model, threads, pounce)
    except peers.PeerError as error:
        results.missing.append(f"{kind.label} on {model.name}, {threads} threads: {error}")
        return None
    results.versions[kind.label] = peer.version
    results.load_ms[model.name, threads, kind.label] = peer.load_ms
    return peer


def ask_all(running, model, task, threads, number, prompts, results):
    """Asks every peer that takes part in this round for one completion. Round -1 warms up and is not counted."""
    pounce = next(peer for peer in running if peer.kind is peers.POUNCE)
    tokenize = lambda text: pounce.ask(text=text, context=task.context, new_tokens=0)["ids"]
    before, text = None, prompts.text()
    if task.is_edited:
        before, text = prompts.edited(lambda text: len(tokenize(text)) < task.context)
    due = [peer for peer in running if number % peer.kind.every == 0 or number < 0]
    if task.is_ahead:
        due = [pounce]
    random.Random(number).shuffle(due)
    replies = {}
    for peer in due:
        question = lambda text: asked_of_pounce(text, task) if peer is pounce else {"ids": tokenize(text)}
        if before:
            peer.ask(new_tokens=1, **question(before))
        replies[peer] = peer.ask(new_tokens=task.new_tokens, keep=task.is_edited, **question(text))
        results.peak_bytes[model.name, threads, peer.kind.label] = peer.peak_bytes
    reference = None if model.is_random else next((reply["ids"] for peer, reply in replies.items() if peer.kind.is_reference), None)
    for peer, reply in replies.items():
        if number >= 0:
            results.add(Row(model.name, task, threads, peer.kind.label), reply, reference)


def asked_of_pounce(text, task):
    return {"text": text, "context": task.context, "ahead": task.is_ahead}


if __name__ == "__main__":
    main()
