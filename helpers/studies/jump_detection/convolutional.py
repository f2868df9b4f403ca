"""Stacks of one-dimensional convolutional networks, one per seed (jump detection study, section 3.4).

As in ``helpers.models.stacks.perceptron``, networks of one shape that differ in their seed are kept side by side, and
one operation works on all of them. Networks with other kernel lengths are another stack: what costs time is the fully
connected layer, so that padding all kernels to one length would save nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.models.stacks.logits import LogitSummary, summarise_and_gradient_
from helpers.models.stacks.perceptron import StackedLinear
from helpers.models.stacks.selection import select


class StackedConvolution(nn.Module):
    """One filter per seed with same padding: ``y[s, n, t] = bias[s] + sum_k weight[s, k] x[s, n, t + k - half]``.

    ``half`` is half of the odd kernel length, rounded down, and x counts as 0 outside the signal. As in every
    library of neural networks this is a correlation: eq. 3.8 runs through the filter backwards. The weights are
    uniform in ±sqrt(3 / taps) (Glorot and Bengio, with one channel in and out); biases are zero.
    """

    weight: Float[Tensor, "seed tap"]
    bias: Float[Tensor, " seed"]

    def __init__(self, taps: int, *, generators: Sequence[torch.Generator], device: torch.device | str) -> None:
        super().__init__()
        limit = (3 / taps) ** 0.5
        weight = torch.stack([torch.empty(taps).uniform_(-limit, limit, generator=random) for random in generators])
        self.weight = nn.Parameter(weight.to(device), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(len(generators), device=device), requires_grad=False)

    def forward(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal time"]:
        seeds, taps = self.weight.shape
        channels = x.transpose(0, 1)  # (signal, seed, time): a group of channels per seed
        y = functional.conv1d(channels, self.weight.unsqueeze(1), self.bias, padding=taps // 2, groups=seeds)
        return y.transpose(0, 1)


class Convnets(nn.Module):
    """One convolutional network per seed: convolutions of one filter each, then one dense layer with softmax.

    ``kernels`` holds the length of each convolution's filter: (7,), (5, 9) and (5, 7, 9) are the study's. No
    pooling: with same padding every layer is as long as the signal. ``rectified`` puts a ReLU after each
    convolution. The study names an activation function for every other network but none for these: its convolution
    is eq. 3.8 and nothing more, and its figure 5.3 shows signals that drop below their base level.

    Seed k's initial weights depend on k and the shape alone. The layers that hooks can record are
    ``convolutions.0``, ``relus.0``, ..., ``dense``, which gives the logits. Parameters do not ask for gradients
    (training is :meth:`sgd_step`); ``requires_grad_()`` changes that.

    Raises ValueError for an even kernel length, or one that does not fit the signal, for no kernel and for no seed.
    """

    def __init__(
        self,
        kernels: Sequence[int] = (7,),
        *,
        length: int = 100,
        classes: int = 60,
        seeds: Sequence[int],
        device: torch.device | str = "cpu",
        rectified: bool = False,
    ) -> None:
        super().__init__()
        check_kernels(kernels, length=length)
        if len(seeds) == 0:
            raise ValueError("seeds is empty: at least one network is needed")
        self.kernels = tuple(kernels)
        self.rectified = rectified
        self.seeds = tuple(seeds)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.convolutions = nn.ModuleList(
            StackedConvolution(taps, generators=generators, device=device) for taps in self.kernels
        )
        self.relus = nn.ModuleList(nn.ReLU() if rectified else nn.Identity() for _ in self.kernels)
        self.dense = StackedLinear(length, classes, generators=generators, device=device)
        self._buffers_by_batch: dict[tuple[int, torch.device], _StepBuffers] = {}

    def forward(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal class"]:
        """The logits: log_softmax over the last axis gives log-probabilities."""
        return self.dense(self.hidden(x)[-1])

    def hidden(self, x: Float[Tensor, "seed signal time"]) -> list[Float[Tensor, "seed signal time"]]:
        """The signal after each convolution, and its ReLU if there is one."""
        outputs = []
        for convolution, relu in zip(self.convolutions, self.relus, strict=True):
            x = relu(convolution(x))
            outputs.append(x)
        return outputs

    def activations(self, x: Float[Tensor, "seed signal time"]) -> list[Float[Tensor, "seed signal _unit"]]:
        """The output of every layer: :meth:`hidden`, then the dense layer's after softmax."""
        hidden = self.hidden(x)
        return [*hidden, self.dense(hidden[-1]).softmax(-1)]

    def predict(self, x: Float[Tensor, "seed signal time"]) -> Int[Tensor, "seed signal"]:
        """The most probable class of each signal."""
        return self(x).argmax(-1)

    def select(self, which: slice | Sequence[int]) -> Convnets:
        """The networks at these places of the stack: a slice shares their memory, a list copies them."""
        return select(self, which)

    def with_filter(
        self, number: int, *, weight: Float[Tensor, "seed tap"], bias: Float[Tensor, " seed"] | None = None
    ) -> Convnets:
        """A copy whose convolution ``number``, counted from 0, has other weights, and other biases if given."""
        networks = self.select(range(len(self.seeds)))
        convolution = cast(StackedConvolution, networks.convolutions[number])
        with torch.no_grad():
            convolution.weight.copy_(weight)
            if bias is not None:
                convolution.bias.copy_(bias)
        return networks

    def oriented(self) -> Convnets:
        """The same function, written so that the weights of each filter sum to a positive number.

        Without ReLU a filter may change its sign if the next layer does too, so its sign means nothing. Raises
        ValueError for rectified networks, where it does.
        """
        if self.rectified:
            raise ValueError("networks with ReLU cannot be oriented: the sign of a filter decides what passes")
        networks = self.select(range(len(self.seeds)))
        convolutions = cast(list[StackedConvolution], list(networks.convolutions))
        above = [*(convolution.weight for convolution in convolutions[1:]), networks.dense.weight]
        with torch.no_grad():
            for convolution, following in zip(convolutions, above, strict=True):
                sign = torch.where(convolution.weight.sum(1) < 0, -1.0, 1.0)
                convolution.weight.mul_(sign[:, None])
                convolution.bias.mul_(sign)
                following.mul_(sign.view(-1, *[1] * (following.dim() - 1)))
        return networks

    @torch.no_grad()
    def sgd_step(
        self, x: Float[Tensor, "seed signal time"], label: Int[Tensor, "seed signal"], learning_rate: float
    ) -> LogitSummary:
        """One step of plain gradient descent on the mean cross-entropy of a batch per seed (section 3.4.1).

        Gives the answers before the update. The same numbers as autograd with torch.optim.SGD, to float precision.
        Time stands before signals here, so that the windows of a padded signal are one strided view, and a convolution
        one product with it.
        """
        buffers = self._step_buffers(x)
        outputs = [*buffers.inputs[1:], buffers.last]
        convolutions = cast(list[StackedConvolution], list(self.convolutions))
        layers = list(zip(convolutions, buffers.inputs, outputs, buffers.deltas, strict=True))
        buffers.inputs[0].signal.copy_(x.mT)
        for convolution, below, above, _ in layers:
            bias = convolution.bias[:, None, None]
            torch.baddbmm(bias, convolution.weight.unsqueeze(1), below.windows, out=above.flat)
            if self.rectified:
                above.flat.clamp_min_(0)

        dense, delta = self.dense, buffers.logits  # (seed, class, signal)
        torch.baddbmm(dense.bias.unsqueeze(2), dense.weight.mT, buffers.last.signal, out=buffers.logits)
        answers = summarise_and_gradient_(buffers.logits, label, minus_one=buffers.minus_one)

        scale = -learning_rate / x.shape[1]
        torch.bmm(dense.weight, delta, out=buffers.deltas[-1].signal)  # before the weights change
        dense.weight.baddbmm_(buffers.last.signal, delta.mT, alpha=scale)
        dense.bias.add_(delta.sum(2), alpha=scale)
        for number in range(len(layers) - 1, -1, -1):
            convolution, below, above, gradient = layers[number]
            if self.rectified:
                torch.ops.aten.threshold_backward.grad_input(gradient.flat, above.flat, 0, grad_input=gradient.flat)
            if number > 0:  # before the weights change
                backwards = convolution.weight.flip(1).unsqueeze(1)
                torch.bmm(backwards, gradient.windows, out=buffers.deltas[number - 1].flat)
            convolution.weight.unsqueeze(2).baddbmm_(below.windows, gradient.flat.mT, alpha=scale)
            convolution.bias.add_(gradient.flat.sum((1, 2)), alpha=scale)
        return answers

    def _step_buffers(self, x: Tensor) -> _StepBuffers:
        key = (x.shape[1], x.device)
        if key not in self._buffers_by_batch:
            self._buffers_by_batch[key] = _StepBuffers.like(x, self.kernels, classes=self.dense.bias.shape[1])
        return self._buffers_by_batch[key]


def check_kernels(kernels: Sequence[int], *, length: int) -> None:
    """Raise ValueError, with one sentence, unless same padding can keep signals of this length with these kernels."""
    if len(kernels) == 0:
        raise ValueError("kernels is empty: at least one convolution is needed")
    for taps in kernels:
        if taps % 2 == 0:
            raise ValueError(
                f"a kernel length of {taps} is even: same padding needs as many points before a position as after it, "
                f"so an odd length"
            )
        if not 1 <= taps <= length:
            raise ValueError(f"a kernel length of {taps} does not fit a signal of {length} points")


class _Padded(NamedTuple):
    """Three views of one piece of memory: a batch of signals, padded with zeros at both ends."""

    signal: Float[Tensor, "seed time signal"]
    flat: Float[Tensor, "seed 1 time_signal"]  # the same numbers, time and signal as one axis
    windows: Float[Tensor, "seed tap time_signal"]  # row k: the padded signal from point k on

    @classmethod
    def zeros(cls, x: Tensor, taps: int) -> _Padded:
        seeds, count, time = x.shape
        padded = x.new_zeros(seeds, time + taps - 1, count)
        signal = padded[:, taps // 2 : taps // 2 + time]
        stride, width = padded.stride(0), time * count
        return cls(
            signal=signal,
            flat=signal.view(seeds, 1, width),
            windows=padded.as_strided((seeds, taps, width), (stride, count, 1)),
        )


class _StepBuffers(NamedTuple):
    """Memory of :meth:`Convnets.sgd_step` for one batch size."""

    inputs: list[_Padded]  # of every convolution
    last: _Padded  # the output of the last convolution
    deltas: list[_Padded]  # gradient of the loss with respect to each convolution's output
    logits: Float[Tensor, "seed class signal"]  # later the gradient of the loss with respect to them
    minus_one: Float[Tensor, "seed 1 signal"]

    @classmethod
    def like(cls, x: Tensor, kernels: Sequence[int], *, classes: int) -> _StepBuffers:
        seeds, count, _ = x.shape
        return cls(
            inputs=[_Padded.zeros(x, taps) for taps in kernels],
            last=_Padded.zeros(x, 1),
            deltas=[_Padded.zeros(x, taps) for taps in kernels],
            logits=x.new_empty(seeds, classes, count),
            minus_one=x.new_full((seeds, 1, count), -1.0),
        )
