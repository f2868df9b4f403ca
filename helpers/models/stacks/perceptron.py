"""Multi-layer perceptrons, one per seed, side by side in one stack of matrices (jump detection study, 3.3).

A small network does not keep a processor busy, since a training loop spends most of its time in Python. Networks of one
shape that differ only in their seed are therefore kept together, and every operation works on all of them at once.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.models.stacks.logits import LogitSummary, summarise_and_gradient_
from helpers.models.stacks.selection import select

# A matrix product with rows shorter than this is slow. Computing its transpose and adding that is faster.
_NARROW = 20


class StackedLinear(nn.Module):
    """One fully connected layer per seed: ``y[s] = x[s] @ weight[s] + bias[s]``.

    ``weight[s, i, j]`` leads from input i to unit j (the study's w_{j+1, i+1}). The weights of each seed are drawn from
    its generator, uniform in ±sqrt(6 / (inputs + units)) (Glorot and Bengio). Biases are zero.
    """

    weight: Float[Tensor, "seed input unit"]
    bias: Float[Tensor, "seed unit"]

    def __init__(
        self, inputs: int, units: int, *, generators: Sequence[torch.Generator], device: torch.device | str
    ) -> None:
        super().__init__()
        weight = torch.stack(
            [nn.init.xavier_uniform_(torch.empty(inputs, units), generator=random) for random in generators]
        )
        # a training step needs no autograd, and without gradients an inspection of trained networks builds no graph
        self.weight = nn.Parameter(weight.to(device), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(len(generators), units, device=device), requires_grad=False)

    def forward(self, x: Float[Tensor, "seed signal input"]) -> Float[Tensor, "seed signal unit"]:
        # In memory the unit axis stands before the signal axis, which halves the time of narrow layers.
        return torch.baddbmm(self.bias.unsqueeze(2), self.weight.mT, x.mT).mT


class Perceptrons(nn.Module):
    """One perceptron per seed: ReLU between the layers, softmax at the end (section 3.3.1).

    sizes: the numbers of inputs, hidden units and classes: (100, 100, 60) is the study's 2-layer MLP, (100, 60) its
    1-layer network.
    seeds: one per network. The initial weights of seed k depend only on k and ``sizes``.
    device: where the networks are.

    Hooks can record the layers ``layers.0``, ``relus.0``, ``layers.1``, ...; ``layers[-1]`` gives the logits.
    Parameters do not require gradients (:meth:`sgd_step_for` trains them); ``requires_grad_()`` changes that. Raises
    ValueError for fewer than two sizes, a size below 1, or no seed.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (100, 100, 60),
        *,
        seeds: Sequence[int],
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes = {tuple(sizes)}: a network needs inputs and classes, each at least 1 wide")
        if len(seeds) == 0:
            raise ValueError("seeds is empty: at least one network is needed")
        self.sizes = tuple(sizes)
        self.seeds = tuple(seeds)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.layers = nn.ModuleList(
            StackedLinear(inputs, units, generators=generators, device=device) for inputs, units in pairwise(self.sizes)
        )
        self.relus = nn.ModuleList(nn.ReLU() for _ in self.layers[1:])

    def forward(self, x: Float[Tensor, "seed signal input"]) -> Float[Tensor, "seed signal class"]:
        """The logits: log_softmax over the last axis gives log-probabilities."""
        for layer, relu in zip(self.layers, self.relus, strict=False):
            x = relu(layer(x))
        return self.layers[-1](x)

    def activations(self, x: Float[Tensor, "seed signal input"]) -> list[Float[Tensor, "seed signal _unit"]]:
        """The output of every layer: of hidden layers after ReLU, of the last after softmax (section 3.3.3)."""
        outputs = []
        for layer, relu in zip(self.layers, self.relus, strict=False):
            x = relu(layer(x))
            outputs.append(x)
        return [*outputs, self.layers[-1](x).softmax(-1)]

    def predict(self, x: Float[Tensor, "seed signal input"]) -> Int[Tensor, "seed signal"]:
        """The most probable class of each signal."""
        return self(x).argmax(-1)

    def select(self, which: slice | Sequence[int]) -> "Perceptrons":
        """The networks at these indices of the stack. A slice shares their memory; a list copies them."""
        return select(self, which)

    def sgd_step_for(self, signals: int) -> "PerceptronStep":
        """A training step for batches of ``signals`` signals per seed."""
        return PerceptronStep(self, signals)


class PerceptronStep:
    """One step of plain gradient descent on the mean cross-entropy of a batch per seed (eq. 3.5, 3.3.1).

    networks: the networks that are trained.
    signals: the number of signals in a batch, per seed.

    The results are those of autograd with torch.optim.SGD, to float precision. Here the gradients are added directly to
    the weights, and intermediate results go to memory that the next step reuses. The views of the parameters are also
    made only once: a step of one network of four layers needs so many that making them takes a quarter of its time. The
    step therefore trains the parameters that the networks have when the step is made. After parameters were moved or
    replaced, a new step is needed.
    """

    def __init__(self, networks: Perceptrons, signals: int) -> None:
        self.signals = signals
        self._layers = [_LayerBuffers.of(layer, signals) for layer in cast(list[StackedLinear], list(networks.layers))]
        self._minus_one = self._layers[0].bias.new_full((len(networks.seeds), 1, signals), -1.0)

    @torch.no_grad()
    def __call__(
        self,
        x: Float[Tensor, "seed signal input"],
        label: Int[Tensor, "seed signal"],
        learning_rate: float,
    ) -> LogitSummary:
        """Train on a batch; returns its logits' summary from before the update.

        Raises ValueError for a batch of another size.
        """
        check_batch(x, self.signals)
        layers = self._layers
        # (seed, unit, signal): in this order the layers of a bottleneck take half the time
        inputs = [x.mT, *(layer.hidden for layer in layers)]
        saved = []
        for number, layer in enumerate(layers):
            torch.baddbmm(layer.bias_column, layer.weight_t, inputs[number], out=layer.output)
            if number < len(layers) - 1:
                saved.append(self._activate(number, layer.output, out=layer.hidden))
        answers = summarise_and_gradient_(layers[-1].output, label, minus_one=self._minus_one)

        scale = -learning_rate / self.signals
        for number in range(len(layers) - 1, -1, -1):
            layer, delta = layers[number], layers[number].output
            if number > 0:
                below = layers[number - 1]
                torch.bmm(layer.weight, delta, out=below.output)  # needs the weights from before the update
                self._activate_back(number - 1, below.output, hidden=below.hidden, saved=saved[number - 1], step=scale)
            if layer.weight.shape[2] < _NARROW:
                layer.weight_t.add_(torch.bmm(delta, inputs[number].mT), alpha=scale)
            else:
                layer.weight.baddbmm_(inputs[number], layer.output_t, alpha=scale)
            layer.bias.add_(delta.sum(2), alpha=scale)
        return answers

    def _activate(
        self, layer: int, output: Float[Tensor, "seed unit signal"], *, out: Float[Tensor, "seed unit signal"]
    ) -> Any:
        """Write the activation that follows from the output of a hidden layer into ``out``; layers are counted from 0.

        Returns what :meth:`_activate_back` needs besides ``out``.
        """
        torch.clamp_min(output, 0, out=out)

    def _activate_back(
        self,
        layer: int,
        delta: Float[Tensor, "seed unit signal"],
        *,
        hidden: Float[Tensor, "seed unit signal"],
        saved: Any,
        step: float,
    ) -> None:
        """Turn the gradient for the activation of a hidden layer into the gradient for its input, in place.

        layer: the number of the layer, counted from 0.
        delta: the gradient for ``hidden``; it is overwritten.
        hidden: the activation that :meth:`_activate` wrote.
        saved: the value that :meth:`_activate` returned.
        step: the factor by which gradients of the activation's own parameters are multiplied before they are added to
        them.
        """
        torch.ops.aten.threshold_backward.grad_input(delta, hidden, 0, grad_input=delta)


def check_batch(x: Float[Tensor, "seed signal *input"], signals: int) -> None:
    """Raise ValueError if the size of a batch is not the one for which a training step has memory."""
    if x.shape[1] != signals:
        raise ValueError(f"the batch has {x.shape[1]} signals per seed; this training step was made for {signals}")


class _LayerBuffers(NamedTuple):
    """The memory of :class:`PerceptronStep` for one layer: views of its parameters, and tensors for its results."""

    weight: Float[Tensor, "seed input unit"]
    weight_t: Float[Tensor, "seed unit input"]
    bias: Float[Tensor, "seed unit"]
    bias_column: Float[Tensor, "seed unit 1"]
    output: Float[Tensor, "seed unit signal"]  # before the ReLU; later its gradient
    output_t: Float[Tensor, "seed signal unit"]
    hidden: Float[Tensor, "seed unit signal"]  # after the ReLU; unused in the last layer

    @classmethod
    def of(cls, layer: StackedLinear, signals: int) -> "_LayerBuffers":
        weight, bias = layer.weight.data, layer.bias.data
        output = bias.new_empty(*bias.shape, signals)
        return cls(
            weight=weight,
            weight_t=weight.mT,
            bias=bias,
            bias_column=bias.unsqueeze(2),
            output=output,
            output_t=output.mT,
            hidden=torch.empty_like(output),
        )
