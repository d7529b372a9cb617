"""`Trainer`: one stretch of a run, from a checkpoint or a start to the next checkpoint.

A stretch ends when all steps are done, when its minutes are over, or on SIGTERM or SIGINT. Each time it
leaves a checkpoint, from which the next stretch continues as if there had been no break.
"""

import math
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from ..run_log import RunLog
from . import model
from .checkpoints import checkpoint_folder
from .checkpoints.checkpoint import Checkpoint
from .device import device, has_bfloat16
from .evaluation.cases import Case, cases
from .evaluation.exact_match import exact_match
from .evaluation.held_out import HeldOut, held_corpora
from .model import T5, padding_mask
from .optimizer import freeze, optimizer_of
from .sampling.batch import Batch
from .sampling.batches import Sources, batches
from .sampling.requests.kinds import KINDS
from .sampling.sampler import Sampler
from .sampling.vocabulary import Vocabulary
from .settings import Settings


class DivergedError(RuntimeError):
    """The loss is infinite or not a number."""


@dataclass(frozen=True)
class Paths:
    """The files and folders of a run."""

    corpus: Path
    """A folder with shards of text and, in `encoded`, of tokens."""
    tokenizer: Path
    run: Path
    """Checkpoint and log."""
    start: Path | None = None
    """A checkpoint folder with Hugging Face's names; `None` starts from random weights."""
    programs: Path | None = None
    """A teacher's programs, if the settings ask for them."""
    held: Path | None = None
    """A folder with shards of held-out packages; `None` for the corpus's own."""


@dataclass(frozen=True)
class _Measured:
    """What quality is measured on."""

    cases: list[Case]
    held_out: HeldOut | None = None
    """Requests by kind, where the settings ask for kinds of requests."""


class Trainer:
    """The state of a run while it goes on."""

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self._settings, self._paths = settings, paths
        self._device = device()
        is_narrow = self._device == "cuda" or (settings.uses_bfloat16 and has_bfloat16())
        self._dtype = torch.bfloat16 if is_narrow else torch.float32
        self._vocabulary = Vocabulary(paths.tokenizer)
        if self._vocabulary.size > settings.sizes.vocabulary:
            raise ValueError(f"{paths.tokenizer} has {self._vocabulary.size} tokens: set `vocabulary` to that")
        paths.run.mkdir(parents=True, exist_ok=True)
        self._log = RunLog(paths.run)
        torch.manual_seed(settings.seed)
        self._network = T5(settings.sizes).to(self._device)
        self._step = self._n_tokens = self._steps_since_start = 0
        self._loss = torch.zeros(())
        self._must_stop = False
        optimizer_state = self._restore()
        self._compile()
        freeze(self._network, settings)
        self._optimizer = optimizer_of(self._network, settings)
        if optimizer_state:
            self._optimizer.load_state_dict(optimizer_state)

    def run(self, minutes: float) -> None:
        """Trains for at most `minutes`, then evaluates and saves."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        measured = self._measured()
        clock = _Clock(minutes, self._settings)
        values = {"device": self._device, "precision": str(self._dtype), "parameters": self._n_parameters()}
        self._log.write("start", step=self._step, **values)
        folders = [it.parent for it in self._paths.corpus.glob("encoded/train-*/tokens.npy")]
        if not folders:
            raise ValueError(f"{self._paths.corpus} has no encoded shards: run the command `encode` first")
        sources = Sources(folders, self._paths.tokenizer, self._paths.programs)
        with batches(sources, self._settings, self._step) as made:
            for batch in made:
                self._take(batch, clock)
                if clock.is_time_to_evaluate():
                    self._evaluate(measured)
                if clock.is_time_to_save():
                    self._save()
                if self._must_stop or clock.is_over():
                    break
        self._evaluate(measured)
        self._save()
        self._log.write("end", step=self._step, steps=self._settings.steps, tokens=self._n_tokens)

    def _take(self, batch: Batch, clock: "_Clock") -> None:
        """One step."""
        inputs = torch.from_numpy(batch.inputs).to(self._device, non_blocking=True)
        targets = torch.from_numpy(batch.targets).to(self._device, non_blocking=True)
        mask = padding_mask(inputs, self._vocabulary.pad) if batch.is_padded else None
        with self._autocast():
            loss = self._network.loss(inputs, targets, mask, self._vocabulary.pad, self._dtype)
        loss.backward()
        rate = self._settings.rate(self._step, self._steps_since_start)
        self._optimizer.step(rate, self._steps_since_start)
        self._step += 1
        self._steps_since_start += 1
        self._n_tokens += inputs.numel() + targets.numel()
        clock.n_tokens += inputs.numel() + targets.numel()
        clock.n_samples += len(inputs)
        self._loss = loss.detach()
        if self._step % self._settings.log_every == 0:
            self._report(rate, batch, clock)

    def _report(self, rate: float, batch: Batch, clock: "_Clock") -> None:
        shape = list(batch.inputs.shape)
        values = {"loss": round(self._finite_loss(), 4), "rate": round(rate, 4), "shape": shape}
        tokens, samples = clock.per_second(clock.n_tokens), clock.per_second(clock.n_samples)
        self._log.write("step", step=self._step, **values, tokens_per_second=tokens, samples_per_second=samples)

    def _finite_loss(self) -> float:
        """The last step's loss. Rarely called, because reading it waits for the device."""
        loss = float(self._loss)
        if not math.isfinite(loss):
            raise DivergedError(
                f"the loss is {loss} at step {self._step}: lower the rates; the last checkpoint is kept"
            )
        return loss

    def _evaluate(self, measured: _Measured) -> None:
        self._network.eval()
        with self._autocast():
            values: dict[str, object] = exact_match(self._network, self._vocabulary, measured.cases, self._dtype)
            if measured.held_out:
                values["loss"] = measured.held_out.losses(self._network, self._dtype)
        self._log.write("eval", step=self._step, **values)
        self._network.train()

    def _measured(self) -> _Measured:
        shards = list((self._paths.held or self._paths.corpus).glob("held-*.jsonl.xz"))
        settings = self._settings
        if not any(shape.kind in KINDS for shape in settings.phases[-1].shapes):
            return _Measured(cases(shards, self._vocabulary, settings.cases, settings.sizes.max_prompt))
        corpora = held_corpora(shards, self._paths.programs, self._vocabulary)
        held_out = HeldOut(Sampler(corpora, self._vocabulary, settings.languages), self._vocabulary, settings)
        return _Measured(held_out.cases, held_out)

    def _autocast(self) -> torch.autocast:
        """Multiplies in bfloat16 where the run does."""
        return torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._dtype == torch.bfloat16)

    def _save(self) -> None:
        self._finite_loss()
        # Compiling a layer replaces only its call, so its parameters keep their names.
        network = {name: value.cpu() for name, value in self._network.state_dict().items()}
        progress = (self._step, self._n_tokens, self._steps_since_start)
        Checkpoint(*progress, network, self._optimizer.state_dict(), torch.get_rng_state()).save(self._paths.run)

    def _restore(self) -> dict | None:
        """Loads the last checkpoint, or else the start's weights. Returns the optimizer's state, if there is one."""
        saved = Checkpoint.load(self._paths.run)
        if saved is None:
            if self._paths.start:
                self._network.load_state_dict(checkpoint_folder.load(self._paths.start, self._settings.sizes))
            return None
        self._require_sizes(saved.network)
        self._network.load_state_dict(saved.network)
        self._step, self._n_tokens = saved.step, saved.n_tokens
        self._steps_since_start = saved.steps_since_start
        torch.set_rng_state(saved.random)
        return saved.optimizer

    def _require_sizes(self, weights: dict[str, torch.Tensor]) -> None:
        own = {name: value.shape for name, value in self._network.state_dict().items()}
        if own != {name: value.shape for name, value in weights.items()}:
            raise ValueError(f"{self._paths.run} was begun with other sizes: give its settings, or another --run")

    def _compile(self) -> None:
        """Compiles each layer, for CUDA only. The settings have few and fixed shapes."""
        if self._device != "cuda":
            return
        torch.set_float32_matmul_precision("high")
        torch._dynamo.config.automatic_dynamic_shapes = False
        torch._dynamo.config.cache_size_limit = 64
        for layer in [*self._network.encoder, *self._network.decoder]:
            layer.compile()
        model.head_loss = torch.compile(model.head_loss)

    def _n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._network.parameters())

    def _stop(self, *_: object) -> None:
        self._must_stop = True


class _Clock:
    """Tells when to evaluate, to save and to stop in this stretch."""

    def __init__(self, minutes: float, settings: Settings) -> None:
        now = time.monotonic()
        self._started, self._end = now, now + minutes * 60
        self._evaluate_every, self._save_every = settings.evaluate_minutes * 60, settings.save_minutes * 60
        self._evaluated = self._saved = now
        self.n_tokens = self.n_samples = 0

    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def is_time_to_evaluate(self) -> bool:
        is_due = time.monotonic() >= self._evaluated + self._evaluate_every
        self._evaluated = time.monotonic() if is_due else self._evaluated
        return is_due

    def is_time_to_save(self) -> bool:
        is_due = time.monotonic() >= self._saved + self._save_every
        self._saved = time.monotonic() if is_due else self._saved
        return is_due

    def per_second(self, count: int) -> float:
        """How many there were a second, to three digits."""
        return float(f"{count / max(1e-9, time.monotonic() - self._started):.3g}")
