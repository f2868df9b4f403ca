"""Perceptrons with dropout and batch normalisation, what the jump detection study names as future work (7.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from helpers.models.stacks.perceptron import Perceptrons

_MOMENTUM = 0.1  # share of a batch in the running mean and variance, as in torch.nn.BatchNorm1d
_EPSILON = 1e-5
_LEVELS = 2**16  # of the random numbers that decide what is dropped


class StackedBatchNorm(nn.Module):
    """Batch normalisation per seed: each unit to mean 0 and variance 1 over the signals, then scaled and shifted.

    A training step (:meth:`normalise`, :meth:`descend`) normalises by the batch and keeps running averages; everything
    else uses those.
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
        self._batch: tuple[Tensor, ...] = ()  # what the way back needs of the way there

    def forward(self, x: Float[Tensor, "seed signal unit"]) -> Float[Tensor, "seed signal unit"]:
        averages = (self.running_mean.detach().view(-1), self.running_variance.detach().view(-1))
        scale, shift = self.scale.view(-1), self.shift.view(-1)
        return functional.batch_norm(_one_row(x.mT), *averages, scale, shift, eps=_EPSILON).view(x.mT.shape).mT

    def normalise(self, x: Float[Tensor, "seed unit signal"]) -> Float[Tensor, "seed unit signal"]:
        """What a training step makes of a batch; :meth:`descend` finds the way back."""
        row = _one_row(x.clone())  # x is the memory of its own gradient
        values = (self.scale, self.shift, self.running_mean, self.running_variance)
        normal, *statistics = torch.ops.aten.native_batch_norm(
            row, *(value.view(-1) for value in values), True, _MOMENTUM, _EPSILON
        )
        self._batch = row, *statistics
        return normal.view(x.shape)

    def descend(self, delta: Float[Tensor, "seed unit signal"], step: float) -> None:
        """Turn the gradient for what :meth:`normalise` gave into that for what it took, in place.

        Adds the gradients for scale and shift, times ``step``, to them.
        """
        row, *statistics = self._batch
        self._batch = ()
        gradient, *own = torch.ops.aten.native_batch_norm_backward(
            _one_row(delta), row, self.scale.view(-1), None, None, *statistics, True, _EPSILON, [True, True, True]
        )
        delta.copy_(gradient.view(delta.shape))
        for parameter, slope in zip((self.scale, self.shift), own, strict=True):
            parameter.add_(slope.view(parameter.shape), alpha=step)


def _one_row(x: Float[Tensor, "seed unit signal"]) -> Float[Tensor, "1 seed_unit signal"]:
    """All units of all seeds as the channels of one picture: torch's batch normalisation knows no seeds."""
    return x.flatten(0, 1).unsqueeze(0)


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

    def select(self, which: slice | Sequence[int]) -> RegularisedPerceptrons:
        """The networks at these places of the stack: a slice shares their memory, a list copies them.

        What is dropped next goes on where the stack's own numbers stand.
        """
        randoms, self._randoms = self._randoms, {}  # a generator cannot be copied
        chosen = super().select(which)
        assert isinstance(chosen, RegularisedPerceptrons)
        self._randoms = chosen._randoms = randoms
        return chosen

    def _hidden(self, x: Tensor) -> list[Tensor]:
        """The input and every hidden layer's output."""
        outputs = [x]
        for layer, norm, relu in zip(self.layers, self.norms, self.relus, strict=False):
            outputs.append(relu(norm(layer(outputs[-1]))))
        return outputs

    def _activate(self, layer: int, output: Tensor, *, out: Float[Tensor, "seed unit signal"]) -> None:
        norm = self.norms[layer]
        super()._activate(layer, norm.normalise(output) if isinstance(norm, StackedBatchNorm) else output, out=out)
        if self.dropout:
            out.mul_(self._kept(out))

    def _activate_back(
        self, layer: int, delta: Float[Tensor, "seed unit signal"], *, hidden: Tensor, step: float
    ) -> None:
        super()._activate_back(layer, delta, hidden=hidden, step=step)  # 0 also where an activation was dropped
        if self.dropout:
            delta.mul_(1 / (1 - self.dropout))
        norm = self.norms[layer]
        if isinstance(norm, StackedBatchNorm):
            norm.descend(delta, step)

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
