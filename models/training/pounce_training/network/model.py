"""`T5`: the network as it is trained. `checkpoint_folder` stores it.

Encoder and decoder of Raffel et al. (2020, "Exploring the limits of transfer learning with a unified
text-to-text transformer"): relative-position buckets shared by all layers, norms without mean or bias,
ReLU, the head tied to the embedding. Attention is divided here by the square root of the head size. T5 has
that factor in the query's weights instead, so it is folded in when a checkpoint is written.
"""

import math

import torch
import torch.utils.checkpoint
from torch import Tensor, nn
from torch.nn import functional

from .settings import Sizes

_CHUNKS = 8
_OUTPUT_GAIN = 0.1


class Norm(nn.Module):
    """Root mean square norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-6)
        return (scaled * self.weight).to(x.dtype)


class Attention(nn.Module):
    """Multi-head attention from one sequence to another, or to itself."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        inner = sizes.heads * sizes.head_size
        self.heads = sizes.heads
        self.q, self.k, self.v = (_linear(sizes.width, inner) for _ in range(3))
        self.o = _linear(inner, sizes.width, _OUTPUT_GAIN)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor | None) -> Tensor:
        """`x [batch, n, width]`, `memory [batch, m, width]`, `bias [1 or batch, heads or 1, n, m]`."""
        q, k, v = self._split(self.q(x)), self._split(self.k(memory)), self._split(self.v(memory))
        mixed = _attend(q, k, v, bias).transpose(1, 2)
        return self.o(mixed.reshape(*x.shape[:2], -1))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Two matrices with ReLU between them."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.wi = _linear(sizes.width, sizes.feed_forward)
        self.wo = _linear(sizes.feed_forward, sizes.width, _OUTPUT_GAIN)

    def forward(self, x: Tensor) -> Tensor:
        return self.wo(functional.relu(self.wi(x)))


class Layer(nn.Module):
    """A layer of the encoder; or of the decoder, which adds attention to the encoder's output."""

    def __init__(self, sizes: Sizes, is_decoder: bool) -> None:
        super().__init__()
        self.own_norm, self.own = Norm(sizes.width), Attention(sizes)
        self.cross_norm = Norm(sizes.width) if is_decoder else None
        self.cross = Attention(sizes) if is_decoder else None
        self.norm, self.feed_forward = Norm(sizes.width), FeedForward(sizes)

    def forward(self, x: Tensor, bias: Tensor, memory: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        h = self.own_norm(x)
        x = x + self.own(h, h, bias)
        if self.cross is not None:
            x = x + self.cross(self.cross_norm(x), memory, mask)
        return x + self.feed_forward(self.norm(x))


class T5(nn.Module):
    """Encoder, decoder and the embedding that both share with the head."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.width)
        self.encoder = nn.ModuleList(Layer(sizes, is_decoder=False) for _ in range(sizes.encoder_layers))
        self.decoder = nn.ModuleList(Layer(sizes, is_decoder=True) for _ in range(sizes.decoder_layers))
        self.encoder_bias = nn.Embedding(sizes.buckets, sizes.heads)
        self.decoder_bias = nn.Embedding(sizes.buckets, sizes.heads)
        self.encoder_norm, self.decoder_norm = Norm(sizes.width), Norm(sizes.width)
        nn.init.normal_(self.embedding.weight, std=1.0)
        for bias in (self.encoder_bias, self.decoder_bias):
            nn.init.normal_(bias.weight, std=0.02)

    def encode(self, inputs: Tensor, mask: Tensor | None, dtype: torch.dtype) -> Tensor:
        """`inputs [batch, n]` to `[batch, n, width]`. `mask` as `padding_mask` makes it."""
        h = self.embedding(inputs).to(dtype)
        bias = self._bias(self.encoder_bias, inputs.shape[1], is_causal=False).to(dtype)
        bias = bias if mask is None else bias + mask.to(dtype)
        for layer in self.encoder:
            h = layer(h, bias)
        return self.encoder_norm(h)

    def decode(self, written: Tensor, memory: Tensor, mask: Tensor | None) -> Tensor:
        """`written [batch, t]` to states `[batch, t, width]`, scaled for the head."""
        h = self.embedding(written).to(memory.dtype)
        bias = self._bias(self.decoder_bias, written.shape[1], is_causal=True).to(memory.dtype)
        mask = None if mask is None else mask.to(memory.dtype)
        for layer in self.decoder:
            h = layer(h, bias, memory, mask)
        return self.decoder_norm(h) * self.sizes.width**-0.5

    def logits(self, states: Tensor) -> Tensor:
        """`[..., width]` to `[..., vocabulary]`."""
        return states @ self.embedding.weight.to(states.dtype).T

    def loss(self, inputs: Tensor, targets: Tensor, mask: Tensor | None, pad: int, dtype: torch.dtype) -> Tensor:
        """Mean cross entropy over the targets that are not negative."""
        losses = self.losses(inputs, targets, mask, pad, dtype)
        return losses.sum() / (targets >= 0).sum().clamp(min=1)

    def losses(self, inputs: Tensor, targets: Tensor, mask: Tensor | None, pad: int, dtype: torch.dtype) -> Tensor:
        """Cross entropies `[batch, t]` of `targets [batch, t]`; 0 where a target is negative.

        The head is run on one chunk of the batch at a time, and on a GPU again in the backward pass: all logits
        at once would take more memory than everything else.
        """
        start = torch.full_like(targets[:, :1], pad)
        written = torch.cat([start, targets[:, :-1].clamp(min=0)], dim=1)
        states = self.decode(written, self.encode(inputs, mask, dtype), mask).flatten(0, 1)
        weight = self.embedding.weight.to(states.dtype)
        pieces = zip(states.chunk(_CHUNKS), targets.flatten().chunk(_CHUNKS), strict=True)
        return torch.cat([_head_losses(piece, weight, wanted) for piece, wanted in pieces]).view_as(targets)

    def _bias(self, table: nn.Embedding, length: int, is_causal: bool) -> Tensor:
        """`[1, heads, length, length]`. If `is_causal`, later positions are minus infinity."""
        positions = torch.arange(length, device=table.weight.device)
        relative = positions[None, :] - positions[:, None]
        buckets = bucket(relative, not is_causal, self.sizes.buckets, self.sizes.max_distance)
        bias = table(buckets).permute(2, 0, 1)[None]
        return bias.masked_fill(relative[None, None] > 0, -math.inf) if is_causal else bias


def head_loss(states: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Cross entropies `[n]` of `states [n, width]` and `targets [n]`."""
    return functional.cross_entropy((states @ weight.T).float(), targets, ignore_index=-100, reduction="none")


def _head_losses(states: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    if states.is_cuda:
        return torch.utils.checkpoint.checkpoint(head_loss, states, weight, targets, use_reentrant=False)
    return head_loss(states, weight, targets)


def padding_mask(inputs: Tensor, pad: int) -> Tensor:
    """`[batch, 1, 1, n]`: minus infinity at padding, so that nothing attends to it."""
    return torch.zeros(inputs.shape, device=inputs.device).masked_fill(inputs == pad, -math.inf)[:, None, None]


def bucket(relative: Tensor, is_bidirectional: bool, n_buckets: int, max_distance: int) -> Tensor:
    """T5's bucket of each relative position: near ones have their own, far ones share buckets of logarithmic width."""
    base = torch.zeros_like(relative)
    if is_bidirectional:
        n_buckets //= 2
        base = (relative > 0).long() * n_buckets
        distance = relative.abs()
    else:
        distance = (-relative).clamp(min=0)
    n_near = n_buckets // 2
    far = torch.log(distance.float().clamp(min=1) / n_near) / math.log(max_distance / n_near)
    far_bucket = (n_near + (far * (n_buckets - n_near)).long()).clamp(max=n_buckets - 1)
    return base + torch.where(distance < n_near, distance, far_bucket)


def _linear(n_in: int, n_out: int, gain: float = 1.0) -> nn.Linear:
    linear = nn.Linear(n_in, n_out, bias=False)
    nn.init.normal_(linear.weight, std=gain * n_in**-0.5)
    return linear


def _attend_plainly(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Computes the same as the fused kernel, for versions of PyTorch without it."""
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    return (scores if bias is None else scores + bias).softmax(-1) @ v


def _attend_fused(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    bias = None if bias is None else bias.expand(q.shape[0], -1, -1, -1)
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)


_attend = _attend_fused if hasattr(functional, "scaled_dot_product_attention") else _attend_plainly
