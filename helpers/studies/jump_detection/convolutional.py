"""Stacks of one-dimensional convolutional networks, one per seed (jump detection study, section 3.4).

As in ``helpers.models.stacks.perceptron``, networks of one shape that differ only in their seed are kept side by side,
and one operation works on all of them. Networks with other kernel lengths are in another stack. Padding all kernels to
one length would save nothing, since the fully connected layer takes most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.models.stacks.logits import LogitSummary, summarise_and_gradient_
from helpers.models.stacks.perceptron import StackedLinear, check_batch
from helpers.models.stacks.selection import select


class StackedConv1d(nn.Module):
    """One filter per seed with same padding: ``y[s, n, t] = bias[s] + sum_k weight[s, k] x[s, n, t + k - half]``.

    ``half`` is half of the odd kernel length, rounded down, and x counts as 0 outside the signal. As in every library
    of neural networks this is a correlation; eq. 3.8 has the filter in reverse order. The weights are uniform in
    ±sqrt(3 / taps) (Glorot and Bengio, with one channel in and out). Biases are zero.
    """

    weight: Float[Tensor, "seed tap"]
    bias: Float[Tensor, " seed"]

    def __init__(self, taps: int, *, generators: Sequence[torch.Generator], device: torch.device | str) -> None:
        super().__init__()
        # as torch sees a filter: (output channel, input channel, tap)
        filters = [nn.init.xavier_uniform_(torch.empty(1, 1, taps), generator=random) for random in generators]
        weight = torch.stack(filters).flatten(1)
        self.weight = nn.Parameter(weight.to(device), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(len(generators), device=device), requires_grad=False)

    def forward(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal time"]:
        seeds, taps = self.weight.shape
        channels = x.transpose(0, 1)  # (signal, seed, time): a group of channels per seed
        y = functional.conv1d(channels, self.weight.unsqueeze(1), self.bias, padding=taps // 2, groups=seeds)
        return y.transpose(0, 1)


class Convnets(nn.Module):
    """One convolutional network per seed: convolutions of one filter each, then one dense layer with softmax.

    kernels: the filter length of each convolution; the study has (7,), (5,), (5, 9) and (5, 7, 9).
    length: the number of points in a signal. There is no pooling, and same padding keeps this length in every layer.
    classes: the number of classes.
    seeds: one per network. The initial weights of seed k depend only on k and the shape.
    rectified: whether a ReLU follows each convolution. The study names an activation function for all its other
    networks but not for these: its convolution is just eq. 3.8, and its figure 5.3 shows signals that drop below their
    base level.
    device: where the networks are.

    Hooks can record the layers ``convolutions.0``, ``relus.0``, ..., ``dense``; the last one gives the logits.
    Parameters do not require gradients (:meth:`sgd_step_for` trains them); ``requires_grad_()`` changes that.

    Raises ValueError for an even kernel length, for one that does not fit the signal, for no kernel and for no seed.
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
            StackedConv1d(taps, generators=generators, device=device) for taps in self.kernels
        )
        self.relus = nn.ModuleList(nn.ReLU() if rectified else nn.Identity() for _ in self.kernels)
        self.dense = StackedLinear(length, classes, generators=generators, device=device)

    def forward(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal class"]:
        """The logits: log_softmax over the last axis gives log-probabilities."""
        return self.dense(self.hidden(x)[-1])

    def hidden(self, x: Float[Tensor, "seed signal time"]) -> list[Float[Tensor, "seed signal time"]]:
        """The signal after each convolution, and after its ReLU if there is one."""
        outputs = []
        for convolution, relu in zip(self.convolutions, self.relus, strict=True):
            x = relu(convolution(x))
            outputs.append(x)
        return outputs

    def activations(self, x: Float[Tensor, "seed signal time"]) -> list[Float[Tensor, "seed signal _unit"]]:
        """The output of every layer: :meth:`hidden`, then the dense layer after softmax."""
        hidden = self.hidden(x)
        return [*hidden, self.dense(hidden[-1]).softmax(-1)]

    def predict(self, x: Float[Tensor, "seed signal time"]) -> Int[Tensor, "seed signal"]:
        """The most probable class of each signal."""
        return self(x).argmax(-1)

    def select(self, which: slice | Sequence[int]) -> Convnets:
        """The networks at these indices of the stack. A slice shares their memory; a list copies them."""
        return select(self, which)

    def with_filter(
        self, number: int, *, weight: Float[Tensor, "seed tap"], bias: Float[Tensor, " seed"] | None = None
    ) -> Convnets:
        """A copy in which one convolution has other weights.

        number: the number of the convolution, counted from 0.
        weight: its new weights.
        bias: its new biases; the old ones stay if none are given.
        """
        networks = self.select(range(len(self.seeds)))
        convolution = cast(StackedConv1d, networks.convolutions[number])
        with torch.no_grad():
            convolution.weight.copy_(weight)
            if bias is not None:
                convolution.bias.copy_(bias)
        return networks

    def oriented(self) -> Convnets:
        """Networks with the same function, in which the weights of each filter sum to a positive number.

        Without ReLU the sign of a filter has no meaning: it can change together with the sign of the next layer. Raises
        ValueError for rectified networks, in which the sign matters.
        """
        if self.rectified:
            raise ValueError("networks with ReLU cannot be oriented: the sign of a filter decides what passes")
        networks = self.select(range(len(self.seeds)))
        convolutions = cast(list[StackedConv1d], list(networks.convolutions))
        above = [*(convolution.weight for convolution in convolutions[1:]), networks.dense.weight]
        with torch.no_grad():
            for convolution, following in zip(convolutions, above, strict=True):
                sign = torch.where(convolution.weight.sum(1) < 0, -1.0, 1.0)
                convolution.weight.mul_(sign[:, None])
                convolution.bias.mul_(sign)
                following.mul_(sign.view(-1, *[1] * (following.dim() - 1)))
        return networks

    def sgd_step_for(self, signals: int) -> ConvnetStep:
        """A training step for batches of ``signals`` signals per seed."""
        return ConvnetStep(self, signals)


def check_kernels(kernels: Sequence[int], *, length: int) -> None:
    """Raise ValueError, with one sentence, if same padding cannot keep the signal length with these kernels."""
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
    """Three views of one block of memory: a batch of signals, padded with zeros at both ends."""

    signal: Float[Tensor, "seed time signal"]
    flat: Float[Tensor, "seed 1 time_signal"]  # the same numbers, with time and signal as one axis
    windows: Float[Tensor, "seed tap time_signal"]  # row k is the padded signal from point k on

    @classmethod
    def zeros(cls, like: Tensor, *, shape: tuple[int, int, int], taps: int) -> _Padded:
        """New memory for a batch of signals.

        like: a tensor with the data type and the device.
        shape: the numbers of seeds, points and signals.
        taps: the length of the filter.
        """
        seeds, time, count = shape
        padded = like.new_zeros(seeds, time + taps - 1, count)
        signal = padded[:, taps // 2 : taps // 2 + time]
        stride, width = padded.stride(0), time * count
        return cls(
            signal=signal,
            flat=signal.view(seeds, 1, width),
            windows=padded.as_strided((seeds, taps, width), (stride, count, 1)),
        )


class _ConvolutionBuffers(NamedTuple):
    """The memory of :class:`ConvnetStep` for one convolution: views of its parameters, and tensors for its results."""

    weight: Float[Tensor, "seed tap"]
    weight_row: Float[Tensor, "seed 1 tap"]
    weight_column: Float[Tensor, "seed tap 1"]
    bias: Float[Tensor, " seed"]
    bias_column: Float[Tensor, "seed 1 1"]
    input: _Padded
    output: _Padded  # the input of the layer above
    delta: _Padded  # gradient of the loss with respect to the output


class ConvnetStep:
    """One step of plain gradient descent on the mean cross-entropy of a batch per seed (section 3.4.1).

    networks: the networks that are trained.
    signals: the number of signals in a batch, per seed.

    The results are those of autograd with torch.optim.SGD, to float precision. The time axis stands before the signal
    axis here, so that the windows of a padded signal are one strided view, and a convolution is one product with it.
    Memory and views are made only once, as in :class:`helpers.models.stacks.perceptron.PerceptronStep`, and the step
    trains the parameters that the networks have when it is made.
    """

    def __init__(self, networks: Convnets, signals: int) -> None:
        self.signals = signals
        self._rectified = networks.rectified
        dense = networks.dense
        self._weight, self._bias = dense.weight.data, dense.bias.data
        seeds, length, classes = self._weight.shape

        def padded(taps: int) -> _Padded:
            return _Padded.zeros(self._weight, shape=(seeds, length, signals), taps=taps)

        taps = [*networks.kernels, 1]  # the dense layer needs no padding of its input
        inputs = [padded(count) for count in taps]
        self._layers = [
            _ConvolutionBuffers(
                weight=convolution.weight.data,
                weight_row=convolution.weight.data.unsqueeze(1),
                weight_column=convolution.weight.data.unsqueeze(2),
                bias=convolution.bias.data,
                bias_column=convolution.bias.data[:, None, None],
                input=below,
                output=above,
                delta=padded(count),
            )
            for convolution, below, above, count in zip(
                cast(list[StackedConv1d], list(networks.convolutions)),
                inputs,
                inputs[1:],
                networks.kernels,
                strict=False,
            )
        ]
        self._logits = self._bias.new_empty(seeds, classes, signals)  # later their gradient
        self._minus_one = self._bias.new_full((seeds, 1, signals), -1.0)

    @torch.no_grad()
    def __call__(
        self, x: Float[Tensor, "seed signal time"], label: Int[Tensor, "seed signal"], learning_rate: float
    ) -> LogitSummary:
        """Train on a batch; returns its logits' summary from before the update.

        Raises ValueError for a batch of another size.
        """
        check_batch(x, self.signals)
        layers, last, delta = self._layers, self._layers[-1], self._logits
        layers[0].input.signal.copy_(x.mT)
        for layer in layers:
            torch.baddbmm(layer.bias_column, layer.weight_row, layer.input.windows, out=layer.output.flat)
            if self._rectified:
                layer.output.flat.clamp_min_(0)
        torch.baddbmm(self._bias.unsqueeze(2), self._weight.mT, last.output.signal, out=delta)
        answers = summarise_and_gradient_(delta, label, minus_one=self._minus_one)  # (seed, class, signal)

        scale = -learning_rate / self.signals
        torch.bmm(self._weight, delta, out=last.delta.signal)  # needs the weights from before the update
        self._weight.baddbmm_(last.output.signal, delta.mT, alpha=scale)
        self._bias.add_(delta.sum(2), alpha=scale)
        for number in range(len(layers) - 1, -1, -1):
            layer, flat = layers[number], layers[number].delta.flat
            if self._rectified:
                torch.ops.aten.threshold_backward.grad_input(flat, layer.output.flat, 0, grad_input=flat)
            if number > 0:  # needs the weights from before the update
                backwards = layer.weight.flip(1).unsqueeze(1)
                torch.bmm(backwards, layer.delta.windows, out=layers[number - 1].delta.flat)
            layer.weight_column.baddbmm_(layer.input.windows, flat.mT, alpha=scale)
            layer.bias.add_(flat.sum((1, 2)), alpha=scale)
        return answers
