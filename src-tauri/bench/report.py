"""Writes the results as text (results.md) and as a plot (results.svg)."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

import matplotlib
import numpy

from app import Measured
from models import REPOSITORY

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)

HEADER = (
    "| prompt | new | threads | program | least ms | p50 ms | p95 ms | runs | × best peer | peak MB |\n"
    "|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|"
)
# The fewest runs that get a 95th percentile.
FEW = 5
COLOURS = {
    "Pounce": "#e8590c",
    "CTranslate2 int8": "#4263eb",
    "ONNX Runtime, Optimum": "#868e96",
    "transformers float32": "#adb5bd",
    "llama.cpp": "#2b8a3e",
    "predecessor's way": "#212529",
}


def write(results, models, through_app, folder):
    models = list({model.name: model for model in models}.values())
    parts = [introduction(results), "![Times of 50 tokens](results.svg)", app_section(through_app)]
    parts += [model_section(results, model) for model in models]
    if results.missing:
        parts.append("## Not measured\n\n" + "\n".join(f"- {line}" for line in results.missing))
    (folder / "results.md").write_text("\n\n".join(parts) + "\n")
    plot(results, models, folder / "results.svg")


def introduction(results):
    versions = "\n".join(f"- {label}: {version}" for label, version in sorted(results.versions.items()))
    return (
        "# Pounce beside its peers\n\n"
        f"Written by `make bench` on {datetime.date.today()}: {machine()}. Load average at the end {os.getloadavg()[0]:.1f}.\n\n"
        "Same weights, prompts and machine; greedy, one request at a time, interleaved. The ratio is Pounce's median over that of the best other\n"
        "program, with whatever number of threads that is fastest with: below 1, Pounce is faster. Slow programs take part in every fourth or\n"
        f"twelfth round only; fewer than {FEW} runs have no 95th percentile. Every program goes on to the full number of new tokens. Pounce\n"
        f"drafts as it does for its users, but not where weights are random, whose completions repeat themselves.\n\n{versions}"
    )


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, commit {commit()}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def app_section(through_app):
    if isinstance(through_app, Measured):
        figures = f"{through_app.presses} presses: p50 {through_app.p50_ms} ms, p95 {through_app.p95_ms} ms, worst {through_app.worst_ms} ms."
        lines = "\n".join(f"- {line.strip()}" for line in through_app.lines)
        return f"## Through the app, from the key press to the changed clipboard\n\n{figures}\n\n{lines}"
    return f"## Through the app\n\nNot measured: {through_app.why}"


def model_section(results, model):
    rows = sorted((row for row in results.times if row.model == model.name), key=sort_key)
    lines = [line(results, row) for row in rows]
    shares = [
        f"{peer} {numpy.mean(values):.2f}"
        for (name, peer), values in sorted(results.agreement.items())
        if name == model.name and peer != "transformers float32"
    ]
    agreement = (
        "\n\nShare of a completion given before the first token that differs from transformers' in float32: "
        + ", ".join(shares) + "."
        if shares
        else ""
    )
    loads = [f"{peer} {ms:.0f} ms" for (name, threads, peer), ms in results.load_ms.items() if name == model.name and threads == 2]
    load = "\n\nTo load: " + ", ".join(loads) + "." if loads else ""
    return f"## {model.name}\n\n{model.about}.\n\n{HEADER}\n" + "\n".join(lines) + agreement + load


def sort_key(row):
    task = row.task
    return (task.context, task.new_tokens, task.is_edited, task.is_ahead, row.threads, list(COLOURS).index(row.peer))


def line(results, row):
    times = results.times[row]
    peak = results.peak_bytes.get((row.model, row.threads, row.peer), 0) / 1e6
    cells = [row.task.prompt, row.task.new_tokens, row.threads, row.peer, f"{min(times):.1f}", f"{numpy.median(times):.1f}",
             f"{numpy.percentile(times, 95):.1f}" if len(times) >= FEW else "", len(times), ratio(results, row), f"{peak:.0f}"]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def ratio(results, row):
    """Pounce's median divided by that of the best other program; empty in the others' rows."""
    others = [numpy.median(times) for other, times in results.times.items() if is_beside(other, row)]
    if row.peer != "Pounce" or not others:
        return ""
    return f"**{numpy.median(results.times[row]) / min(others):.2f}**"


def is_beside(other, row):
    return (other.model, other.task) == (row.model, row.task) and other.peer != row.peer


def plot(results, models, path: Path):
    """One panel per model: median time of the longest completion over the prompt's length, with the most threads."""
    matplotlib.rcParams["svg.hashsalt"] = "pounce"
    figure, axes = pyplot.subplots(1, len(models), figsize=(5.5 * len(models), 4), squeeze=False)
    for axis, model in zip(axes[0], models):
        draw(axis, results, model)
    axes[0][0].set_ylabel("milliseconds, median")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def draw(axis, results, model):
    rows = [row for row in results.times if row.model == model.name]
    new_tokens, threads = max(row.task.new_tokens for row in rows), max(row.threads for row in rows)
    for peer in COLOURS:
        points = sorted(
            (row.task.context, numpy.median(results.times[row]))
            for row in rows
            if (row.peer, row.task.new_tokens, row.threads) == (peer, new_tokens, threads) and not row.task.is_edited and not row.task.is_ahead
        )
        if points:
            axis.plot(*zip(*points), marker="o", label=peer, color=COLOURS[peer])
    axis.axhline(100, color="#fa5252", linewidth=0.8, linestyle="--")
    axis.set_title(f"{model.name}\n{new_tokens} tokens, {threads} threads", fontsize=10)
    axis.set(xlabel="prompt tokens", yscale="log")
    axis.legend(fontsize=8)
