"""Perceptrons with dropout and batch normalisation, what the jump detection study names as future work (7.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.models import stacks
from helpers.models.perceptron import Perceptrons

_MOMENTUM = 0.1  # share of a batch in the running mean and variance, as in torch.nn.BatchNorm1d
_EPSILON = 1e-5
_LEVELS = 2**16  # of the random numbers that decide what is dropped


class StackedBatchNorm(nn.Module):
    """Batch normalisation per seed: each unit to mean 0 and variance 1 over the signals, then scaled and shifted.

    Training normalises by the batch and keeps running averages; everything else uses those.
    """

    scale: Float[Tensor, "seed unit"]
    shift: Float[Tensor, "seed unit"]
    running_mean: Float[Tensor, "seed unit"]
    running_variance: Float[Tensor, "seed unit"]

    def __init__(self, units: int, *, seeds: int, device: torch.device | str) -> None:
        super().__init__()
        # parameters, not buffers: what a stack's select() shares between stacks
        for name, value in (("scale", 1.0), ("shift", 0.0), ("running_mean", 0.0), ("running_variance", 1.0)):
            setattr(self, name, nn.Parameter(torch.full((seeds, units), value, device=device), requires_grad=False))

    def forward(
        self, x: Float[Tensor, "seed signal unit"], *, training: bool = False
    ) -> Float[Tensor, "seed signal unit"]:
        rows = x.mT.flatten(0, 1).unsqueeze(0)  # (1, seed * unit, signal)
        averages = (self.running_mean.detach().view(-1), self.running_variance.detach().view(-1))
        scale, shift = self.scale.view(-1), self.shift.view(-1)
        normal = functional.batch_norm(rows, *averages, scale, shift, training, _MOMENTUM, _EPSILON)
        return normal.view(x.mT.shape).mT


class RegularisedPerceptrons(Perceptrons):
    """:class:`Perceptrons` whose hidden layers may have batch normalisation before, and dropout after, the ReLU.

    dropout: the share of a hidden layer's activations that a training step silences; the others are scaled up by
    as much, so that their sum keeps its expectation. Only :meth:`sgd_step` drops and uses a batch's own statistics;
    every other method sees the network as it answers. Seed k's dropped activations depend on k alone.

    Raises ValueError for a dropout outside 0 <= dropout < 1, and as :class:`Perceptrons`.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (100, 100, 60),
        *,
        seeds: Sequence[int],
        dropout: float = 0.0,
        batch_norm: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout = {dropout} is not a share: 0 <= dropout < 1 is needed")
        super().__init__(sizes, seeds=seeds, device=device)
        self.dropout = dropout
        self.norms = nn.ModuleList(
            StackedBatchNorm(units, seeds=len(seeds), device=device) if batch_norm else nn.Identity()
            for units in self.sizes[1:-1]
        )
        self._randoms = {seed: np.random.SFC64(seed) for seed in seeds}

    def forward(self, x: Float[Tensor, "seed signal input"]) -> Float[Tensor, "seed signal class"]:
        """The logits, with nothing dropped and the running averages of batch normalisation."""
        return self.layers[-1](self._hidden(x)[-1])

    def activations(self, x: Float[Tensor, "seed signal input"]) -> list[Float[Tensor, "seed signal _unit"]]:
        """The output of every layer: hidden layers after ReLU, the last after softmax."""
        hidden = self._hidden(x)[1:]
        return [*hidden, self.layers[-1](hidden[-1]).softmax(-1)]

    def sgd_step(
        self, x: Float[Tensor, "seed signal input"], label: Int[Tensor, "seed signal"], learning_rate: float
    ) -> stacks.Step:
        """One step of plain gradient descent on the mean cross-entropy of a batch per seed."""
        if not any(isinstance(norm, StackedBatchNorm) for norm in self.norms):
            return super().sgd_step(x, label, learning_rate)
        learned = [p for name, p in self.named_parameters() if ".running_" not in name]
        for parameter in learned:
            parameter.requires_grad_(True)
        with torch.enable_grad():
            logits = self.layers[-1](self._hidden(x, training=True)[-1])
            loss = functional.cross_entropy(logits.mT, label, reduction="none").mean(dim=1)
            gradients = torch.autograd.grad(loss.sum(), learned)
        for parameter, gradient in zip(learned, gradients, strict=True):
            parameter.requires_grad_(False).sub_(gradient, alpha=learning_rate)
        return stacks.Step(loss=loss.detach(), wrong=(logits.argmax(dim=-1) != label).sum(dim=1))

    def select(self, which: slice | Sequence[int]) -> RegularisedPerceptrons:
        """The networks at these places of the stack: a slice shares their memory, a list copies them.

        What is dropped next goes on where the stack's own numbers stand.
        """
        randoms, self._randoms = self._randoms, {}  # a generator cannot be copied
        chosen = super().select(which)
        assert isinstance(chosen, RegularisedPerceptrons)
        self._randoms = chosen._randoms = randoms
        return chosen

    def _hidden(self, x: Tensor, *, training: bool = False) -> list[Tensor]:
        """The input and every hidden layer's output."""
        outputs = [x]
        for layer, norm, relu in zip(self.layers, self.norms, self.relus, strict=False):
            x = layer(outputs[-1])
            if isinstance(norm, StackedBatchNorm):
                x = norm(x, training=training)
            x = relu(x)
            outputs.append(x * self._kept(x) if training and self.dropout else x)
        return outputs

    def _disturb(self, hidden: Float[Tensor, "seed unit signal"]) -> Float[Tensor, "seed unit signal"]:
        return hidden.mul_(self._kept(hidden)) if self.dropout else hidden

    def _disturb_back(self, delta: Float[Tensor, "seed unit signal"]) -> None:
        if self.dropout:
            delta.mul_(1 / (1 - self.dropout))

    def _kept(self, x: Tensor) -> Tensor:
        """1 / (1 - dropout) where an activation stays, 0 where it is dropped; dropout to the nearest 1 / 65,536."""
        count = x[0].numel()
        draws = []
        for seed in self.seeds:
            # words of 64 bits, cut in four: a tenth of the time of floats
            words = self._randoms[seed].random_raw(-(-count // 4))
            draws.append(words.view(np.uint16)[:count].reshape(x.shape[1:]))
        kept = np.stack(draws) >= round(self.dropout * _LEVELS)
        return torch.from_numpy(kept * np.float32(1 / (1 - self.dropout))).to(x.device)
