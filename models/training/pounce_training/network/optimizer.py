"""The optimizers: Muon for the matrices and AdamW for embedding, biases and norms; or AdamW for everything.

Muon learns faster from random weights. AdamW at a low rate changes weights that are nearly right by little.

Muon is Jordan et al. (2024, "Muon: an optimizer for hidden layers in neural networks"): momentum, made
nearly orthogonal by a Newton-Schulz iteration with their coefficients.
"""

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor

from .model import T5
from .settings import Settings

_ITERATIONS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_FIRST_MOMENTUM, _LAST_MOMENTUM, _MOMENTUM_STEPS = 0.85, 0.95, 300
_MAX_NORM = 1.0
# Adam's decay rates in fine-tuning.
_BETAS = (0.9, 0.98)


class Muon:
    """Muon over a list of matrices. Matrices of one shape are updated together, in batched matrix products."""

    def __init__(self, matrices: list[torch.nn.Parameter], rate: float, weight_decay: float) -> None:
        self._rate, self._weight_decay = rate, weight_decay
        groups: dict[tuple[int, ...], list[torch.nn.Parameter]] = defaultdict(list)
        for matrix in matrices:
            groups[tuple(matrix.shape)].append(matrix)
        self._groups = dict(groups)
        self._momenta = {
            shape: torch.zeros(len(group), *shape, device=group[0].device) for shape, group in groups.items()
        }

    @torch.no_grad()
    def step(self, scale: float, momentum: float) -> None:
        """One step at `scale` of the rate."""
        for shape, group in self._groups.items():
            gradient = torch.stack([matrix.grad for matrix in group]).float()
            mean = self._momenta[shape].lerp_(gradient, 1 - momentum)
            update = orthogonal(gradient.lerp(mean, momentum)) * max(1, shape[0] / shape[1]) ** 0.5
            for matrix, change in zip(group, update, strict=True):
                matrix.mul_(1 - self._rate * scale * self._weight_decay)
                matrix.add_(change.to(matrix.dtype), alpha=-self._rate * scale)

    def state_dict(self) -> dict[str, Tensor]:
        return {"x".join(map(str, shape)): momentum for shape, momentum in self._momenta.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        for shape, momentum in self._momenta.items():
            momentum.copy_(state["x".join(map(str, shape))])


class Optimizer:
    """Muon and AdamW together, with the rates of the settings."""

    def __init__(self, network: T5, settings: Settings) -> None:
        named = dict(network.named_parameters())
        matrices = [it for name, it in named.items() if _is_matrix(name, it)]
        self._others = [it for name, it in named.items() if not _is_matrix(name, it)]
        self._muon = Muon(matrices, settings.rate_matrices, settings.weight_decay)
        groups = [
            {"params": [it for name, it in named.items() if chosen(name, it)], "lr": rate, "rate": rate}
            for chosen, rate in (
                (lambda name, it: name == "embedding.weight", settings.rate_embedding),
                (lambda name, it: "_bias." in name, settings.rate_biases),
                (lambda name, it: it.ndim == 1, settings.rate_norms),
            )
        ]
        self._adam = torch.optim.AdamW(groups, betas=(0.9, 0.97), eps=1e-10, weight_decay=0.0)

    def step(self, scale: float, steps_since_start: int) -> None:
        """Updates the weights by their gradients, and clears the gradients."""
        torch.nn.utils.clip_grad_norm_(self._others, _MAX_NORM)
        for group in self._adam.param_groups:
            group["lr"] = group["rate"] * scale
        risen = min(1.0, steps_since_start / _MOMENTUM_STEPS)
        self._muon.step(scale, _FIRST_MOMENTUM + (_LAST_MOMENTUM - _FIRST_MOMENTUM) * risen)
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        for group in self._muon._groups.values():
            for matrix in group:
                matrix.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {"muon": self._muon.state_dict(), "adam": self._adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._muon.load_state_dict(state["muon"])
        self._adam.load_state_dict(state["adam"])


class FineTuningOptimizer:
    """AdamW at one rate, for all weights that are not frozen."""

    def __init__(self, network: T5, settings: Settings) -> None:
        self._rate = settings.rate_all
        self._parameters = [it for it in network.parameters() if it.requires_grad]
        self._adam = torch.optim.AdamW(self._parameters, lr=self._rate, betas=_BETAS, weight_decay=0.0)

    def step(self, scale: float, steps_since_start: int) -> None:
        """Updates the weights by their gradients, and clears the gradients."""
        torch.nn.utils.clip_grad_norm_(self._parameters, _MAX_NORM)
        for group in self._adam.param_groups:
            group["lr"] = self._rate * scale
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return self._adam.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._adam.load_state_dict(state)


def optimizer_of(network: T5, settings: Settings) -> Optimizer | FineTuningOptimizer:
    """The optimizer that the settings ask for."""
    return FineTuningOptimizer(network, settings) if settings.rate_all else Optimizer(network, settings)


def freeze(network: T5, settings: Settings) -> None:
    """Lets the weights that the settings name stay as they are: no gradients are computed for them."""
    frozen = list(network.encoder[: settings.frozen_layers])
    if settings.is_embedding_frozen:
        frozen += [network.embedding, network.encoder_bias]
    for module in frozen:
        module.requires_grad_(False)


def orthogonal(batch: Tensor) -> Tensor:
    """Approximates the nearest matrices with equal singular values, `[n, rows, columns]`."""
    a, b, c = _COEFFICIENTS
    # bfloat16 is precise enough here, but slow on processors without support for it.
    x = batch.bfloat16() if batch.is_cuda else batch
    is_tall = x.shape[-2] > x.shape[-1]
    x = x.mT if is_tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) * 1.02 + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if is_tall else x).float()


def _is_matrix(name: str, parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim == 2 and "embedding" not in name and "_bias." not in name
