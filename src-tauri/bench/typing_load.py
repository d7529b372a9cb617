"""Asks a server as an editor does while a person types: `typing_load.py URL`. Each key press asks again, and gives up the
request before it if that is not answered yet.

Reports the percentiles of the time to an answer, how many requests were given up, how many answers came after the
deadline, and, with the server's process id, its memory before and after. `--accept` accepts every tenth answer as a whole,
as the Tab key does, and reports the time of the requests after that, too.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
import urllib.parse
from pathlib import Path


def request_body(protocol, model, prefix, suffix):
    """The request of an editor with the code before and after its cursor."""
    if protocol == "infill":
        line = prefix.rfind("\n") + 1
        body = {
            "input_prefix": prefix[:line],
            "prompt": prefix[line:],
            "input_suffix": suffix,
            "n_predict": 48,
            "t_max_prompt_ms": 500,
            "t_max_predict_ms": 250,
            "cache_prompt": True,
            "samplers": ["top_k", "top_p", "infill"],
            "top_k": 40,
            "top_p": 0.9,
            "stream": False,
        }
        return "/infill", body
    body = {"model": model, "prompt": prefix, "suffix": suffix, "max_tokens": 48, "temperature": 0}
    return "/v1/completions", body


def text_of(protocol, answer):
    """The completion in an answer."""
    return answer["content"] if protocol == "infill" else answer["choices"][0]["text"]


async def ask(host, port, path, body):
    """Posts JSON over a connection of its own; cancelling the task closes it."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status, _, answer = (await reader.read()).decode().partition("\r\n\r\n")
        if " 200 " not in status.splitlines()[0]:
            raise RuntimeError(f"{status.splitlines()[0]}: {answer}")
        return json.loads(answer)
    finally:
        writer.close()


def resident_mb(pid):
    """The memory of a process in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


class Load:
    """One run, and what was measured."""

    def __init__(self, options):
        self.options = options
        url = urllib.parse.urlsplit(options.url)
        self.server = (url.hostname, url.port)
        self.times, self.times_accepted = [], []
        self.n_given_up = self.n_failed = 0

    async def run(self):
        """Types the text once around its end, a key press at a time."""
        text = self.options.text.read_text()
        keys = random.Random(self.options.seed)
        pending, accepted = None, False
        for number in range(self.options.requests):
            at = len(text) // 4 + number % (len(text) // 2)
            prefix = text[max(0, at - 8_000) : at]
            end = text.find("\n", at)
            suffix = text[end : end + 2_000] if end >= 0 else ""
            if pending and not pending.done():
                pending.cancel()
                self.n_given_up += 1
            pending = asyncio.create_task(self.press(prefix, suffix))
            if self.options.accept and number % 10 == 9:
                await self.accept(prefix, suffix, await pending)
            await asyncio.sleep(keys.expovariate(self.options.keys_per_second))
        if pending:
            await asyncio.wait([pending])

    async def press(self, prefix, suffix, times=None):
        """Asks once, and returns the completion; empty if there is none."""
        path, body = request_body(self.options.protocol, self.options.model, prefix, suffix)
        started = time.perf_counter()
        try:
            answer = await ask(*self.server, path, body)
        except (OSError, RuntimeError, ValueError, IndexError) as error:
            self.n_failed += 1
            print(f"failed: {error}")
            return ""
        (self.times if times is None else times).append((time.perf_counter() - started) * 1e3)
        return text_of(self.options.protocol, answer)

    async def accept(self, prefix, suffix, text):
        """Looks at an answer for half a second, accepts it, and asks for what follows."""
        if text:
            await asyncio.sleep(0.5)
            await self.press(prefix + text, suffix, self.times_accepted)


def row(name, times, deadline_ms):
    """One line of the report."""
    if not times:
        return f"{name}: none"
    centiles = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    late = sum(ms > deadline_ms for ms in times)
    return (
        f"{name}: {len(times)} answers, p50 {centiles[49]:.1f} ms, p95 {centiles[94]:.1f} ms, "
        f"{late} later than {deadline_ms} ms"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="such as http://127.0.0.1:7686")
    parser.add_argument("--protocol", choices=["infill", "openai"], default="infill")
    parser.add_argument("--model", default="pounce", help="the name of the model, for openai")
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--keys-per-second", type=float, default=6.0)
    parser.add_argument("--accept", action="store_true", help="accept every tenth answer")
    parser.add_argument("--deadline-ms", type=float, default=200)
    parser.add_argument("--pid", type=int, help="of the server, for its memory")
    parser.add_argument("--text", type=Path, default=Path(__file__), help="what is typed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    load = Load(options)
    before = resident_mb(options.pid) if options.pid else None
    asyncio.run(load.run())
    print(row("typed", load.times, options.deadline_ms))
    if options.accept:
        print(row("after an accepted answer", load.times_accepted, options.deadline_ms))
    print(f"given up for the next key press: {load.n_given_up}, failed: {load.n_failed}")
    if before is not None:
        print(f"memory of the server: {before:.0f} MB before, {resident_mb(options.pid):.0f} MB after")


if __name__ == "__main__":
    main()
