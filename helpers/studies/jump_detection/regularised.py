"""Perceptrons with dropout and batch normalisation, which the jump detection study names as future work (7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from helpers.models.stacks.perceptron import Perceptrons, PerceptronStep

_MOMENTUM = 0.1  # weight of a batch in the running mean and variance, as in torch.nn.BatchNorm1d
_EPSILON = 1e-5
_LEVELS = 2**16  # number of values of the random numbers that decide what is dropped


class SavedBatch(NamedTuple):
    """What batch normalisation keeps of a batch in a training step; one axis holds the units of all seeds."""

    batch: Float[Tensor, "1 seed_unit signal"]
    mean: Float[Tensor, " seed_unit"]
    inverse_std: Float[Tensor, " seed_unit"]


class StackedBatchNorm(nn.Module):
    """Batch normalisation per seed: mean 0 and variance 1 of each unit over the signals, then scale and shift.

    A training step (:meth:`forward_train`, :meth:`backward_`) normalises by the statistics of the batch and updates
    running averages. At all other times the running averages are used.
    """

    scale: Float[Tensor, "seed unit"]
    shift: Float[Tensor, "seed unit"]
    running_mean: Float[Tensor, "seed unit"]
    running_variance: Float[Tensor, "seed unit"]

    def __init__(self, units: int, *, seeds: int, device: torch.device | str) -> None:
        super().__init__()
        # parameters, not buffers, since select() of a stack shares only parameters
        for name, value in (("scale", 1.0), ("shift", 0.0), ("running_mean", 0.0), ("running_variance", 1.0)):
            setattr(self, name, nn.Parameter(torch.full((seeds, units), value, device=device), requires_grad=False))

    def forward(self, x: Float[Tensor, "seed signal unit"]) -> Float[Tensor, "seed signal unit"]:
        averages = (self.running_mean.detach().view(-1), self.running_variance.detach().view(-1))
        scale, shift = self.scale.view(-1), self.shift.view(-1)
        return functional.batch_norm(_one_row(x.mT), *averages, scale, shift, eps=_EPSILON).view(x.mT.shape).mT

    def forward_train(
        self, x: Float[Tensor, "seed unit signal"]
    ) -> tuple[Float[Tensor, "seed unit signal"], SavedBatch]:
        """The batch, normalised by its own statistics, and what :meth:`backward_` needs of it.

        Updates the running averages.
        """
        batch = _one_row(x.clone())  # a copy, since the gradient will overwrite x
        normal, mean, inverse_std = torch.ops.aten.native_batch_norm(
            input=batch,
            weight=self.scale.view(-1),
            bias=self.shift.view(-1),
            running_mean=self.running_mean.view(-1),
            running_var=self.running_variance.view(-1),
            training=True,
            momentum=_MOMENTUM,
            eps=_EPSILON,
        )
        return normal.view(x.shape), SavedBatch(batch, mean, inverse_std)

    def backward_(self, delta: Float[Tensor, "seed unit signal"], saved: SavedBatch, step: float) -> None:
        """Turn the gradient for the output of :meth:`forward_train` into the gradient for its input, in place.

        delta: the gradient; it is overwritten.
        saved: the second value that :meth:`forward_train` returned.
        step: the factor by which the gradients for scale and shift are multiplied before they are added to them.
        """
        for_batch, for_scale, for_shift = torch.ops.aten.native_batch_norm_backward(
            grad_out=_one_row(delta),
            input=saved.batch,
            weight=self.scale.view(-1),
            running_mean=None,  # not needed: the statistics are those of the batch
            running_var=None,
            save_mean=saved.mean,
            save_invstd=saved.inverse_std,
            train=True,
            eps=_EPSILON,
            output_mask=[True, True, True],
        )
        delta.copy_(for_batch.view(delta.shape))
        self.scale.add_(for_scale.view(self.scale.shape), alpha=step)
        self.shift.add_(for_shift.view(self.shift.shape), alpha=step)


def _one_row(x: Float[Tensor, "seed unit signal"]) -> Float[Tensor, "1 seed_unit signal"]:
    """The units of all seeds as the channels of one image, since torch's batch normalisation has no seed axis."""
    return x.flatten(0, 1).unsqueeze(0)


class RegularisedPerceptrons(Perceptrons):
    """:class:`Perceptrons` with optional batch normalisation before, and dropout after, the ReLU of hidden layers.

    dropout: the share of a hidden layer's activations that a training step sets to 0. The others are scaled up, so that
    the expected sum is the same. Which activations of seed k are dropped depends only on k.

    Only training steps drop activations and use a batch's own statistics; all other calls do neither. Raises ValueError
    for a dropout outside 0 <= dropout < 1, and in the cases of :class:`Perceptrons`.
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
        """The logits, without dropout and with the running averages of batch normalisation."""
        return self.layers[-1](self._hidden(x)[-1])

    def activations(self, x: Float[Tensor, "seed signal input"]) -> list[Float[Tensor, "seed signal _unit"]]:
        """The output of every layer: of hidden layers after ReLU, of the last after softmax."""
        hidden = self._hidden(x)[1:]
        return [*hidden, self.layers[-1](hidden[-1]).softmax(-1)]

    def select(self, which: slice | Sequence[int]) -> RegularisedPerceptrons:
        """The networks at these indices of the stack. A slice shares their memory; a list copies them.

        Their random numbers for dropout continue those of this stack.
        """
        randoms, self._randoms = self._randoms, {}  # deepcopy cannot copy a generator
        chosen = super().select(which)
        assert isinstance(chosen, RegularisedPerceptrons)
        self._randoms = chosen._randoms = randoms
        return chosen

    def _hidden(self, x: Tensor) -> list[Tensor]:
        """The input, and the output of every hidden layer."""
        outputs = [x]
        for layer, norm, relu in zip(self.layers, self.norms, self.relus, strict=False):
            outputs.append(relu(norm(layer(outputs[-1]))))
        return outputs

    def sgd_step_for(self, signals: int) -> RegularisedStep:
        """A training step for batches of so many signals per seed."""
        return RegularisedStep(self, signals)

    def dropout_factors(self, x: Float[Tensor, "seed unit signal"]) -> Float[Tensor, "seed unit signal"]:
        """1 / (1 - dropout) for an activation that is kept, 0 for one that is dropped; the shape is that of ``x``.

        Every call draws new random numbers. The probability is rounded to a multiple of 1 / 65,536.
        """
        count = x[0].numel()
        draws = []
        for seed in self.seeds:
            # 64-bit integers, each divided in four, take a tenth of the time of floats
            words = self._randoms[seed].random_raw(-(-count // 4))
            draws.append(words.view(np.uint16)[:count].reshape(x.shape[1:]))
        kept = np.stack(draws) >= round(self.dropout * _LEVELS)
        return torch.from_numpy(kept * np.float32(1 / (1 - self.dropout))).to(x.device)


class RegularisedStep(PerceptronStep):
    """:class:`PerceptronStep` for :class:`RegularisedPerceptrons`, with their batch normalisation and dropout."""

    def __init__(self, networks: RegularisedPerceptrons, signals: int) -> None:
        super().__init__(networks, signals)
        self._networks = networks
        self._norms = [norm if isinstance(norm, StackedBatchNorm) else None for norm in networks.norms]

    def _activate(
        self, layer: int, output: Float[Tensor, "seed unit signal"], *, out: Float[Tensor, "seed unit signal"]
    ) -> SavedBatch | None:
        norm, saved = self._norms[layer], None
        if norm is not None:
            output, saved = norm.forward_train(output)
        super()._activate(layer, output, out=out)
        if self._networks.dropout:
            out.mul_(self._networks.dropout_factors(out))
        return saved

    def _activate_back(
        self,
        layer: int,
        delta: Float[Tensor, "seed unit signal"],
        *,
        hidden: Float[Tensor, "seed unit signal"],
        saved: SavedBatch | None,
        step: float,
    ) -> None:
        # a dropped activation is 0 too
        super()._activate_back(layer, delta, hidden=hidden, saved=None, step=step)
        if self._networks.dropout:
            delta.mul_(1 / (1 - self._networks.dropout))
        norm = self._norms[layer]
        if norm is not None and saved is not None:
            norm.backward_(delta, saved, step)
