"""Runs one peer in its own process: `worker.py PEER --model DIR --threads N`.

Reads one JSON request a line from standard input, {"ids": [...], "new_tokens": n}, and answers each with
{"ms": ..., "ids": [...], "peak_bytes": ...}. The first line it writes reports that it is loaded. Only the
generation is timed, without parsing and printing.
"""

import argparse
import importlib
import json
import os
import sys
import time


def peak_bytes(pid="self"):
    """The peak resident memory in bytes, loading included."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    # Standard output is for replies only: anything that a library prints goes to standard error.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

    started = time.perf_counter()
    peer = importlib.import_module(f"peer_{arguments.peer}").Peer(arguments.model, arguments.threads)

    def reply(**fields):
        replies.write(json.dumps(fields | {"peak_bytes": peak_bytes()}) + "\n")
        replies.flush()

    reply(version=peer.version, load_ms=(time.perf_counter() - started) * 1e3)
    for line in sys.stdin:
        request = json.loads(line)
        started = time.perf_counter()
        # Lets the peer reuse its cache of the prompt before.
        options = {"keep": True} if request["keep"] else {}
        ids = peer.generate(request["ids"], request["new_tokens"], **options)
        reply(ms=(time.perf_counter() - started) * 1e3, ids=ids)


if __name__ == "__main__":
    main()
