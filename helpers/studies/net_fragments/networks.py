"""The eleven networks of the net fragments study (table 4.1), every seed side by side in one stack.

Each is an encoder followed by the same head: FC 12 - ReLU - FC 10 - softmax. Layers have stable names: ``conv1``,
``pool1``, ``conv2``, ``hidden`` (model 10), ``head`` (the 12 neurons of figure 4.4) and ``classes``. The study
gives neither padding, stride, the pooling's size nor how weights begin; these are the usual defaults of a
framework: no padding, stride 1, 2 x 2 pooling, weights and biases uniform in ±1 / sqrt(inputs of a unit). The
hand-crafted layer of model 11 has such biases too, and learns them: only its kernels are made by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.errors import BadInput
from helpers.models.stacks.perceptron import StackedLinear

SIDE = 9
HEAD_UNITS = 12
CLASSES = 10
HAND_CRAFTED = 11  # the model whose kernels are fixed


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolutional layer with ReLU: side of its square kernels, number of channels."""

    kernel: int
    channels: int


@dataclass(frozen=True)
class Pooling:
    """Maxima over 2 x 2 squares that do not overlap; what is left over at the edge is dropped."""


@dataclass(frozen=True, kw_only=True)
class Dense:
    """A fully connected layer with ReLU."""

    units: int


Stage = Convolution | Pooling | Dense

TABLE: dict[int, tuple[Stage, ...]] = {
    1: (Convolution(kernel=3, channels=2),),
    2: (Convolution(kernel=3, channels=4),),
    3: (Convolution(kernel=5, channels=2),),
    4: (Convolution(kernel=5, channels=4),),
    5: (Convolution(kernel=3, channels=2), Convolution(kernel=3, channels=4)),
    6: (Convolution(kernel=3, channels=4), Convolution(kernel=3, channels=8)),
    7: (Convolution(kernel=3, channels=2), Pooling(), Convolution(kernel=3, channels=4)),
    8: (Convolution(kernel=3, channels=4), Pooling(), Convolution(kernel=3, channels=8)),
    9: (),
    10: (Dense(units=SIDE * SIDE),),
    11: (Convolution(kernel=3, channels=2),),
}


class ModelError(BadInput):
    """A model number that table 4.1 does not have."""


def encoder(number: int) -> tuple[Stage, ...]:
    """The encoder of a model; raises ModelError for a number outside 1 to 11."""
    if number not in TABLE:
        raise ModelError(f"Model {number} is not in table 4.1; allowed is a whole number from 1 to {len(TABLE)}.")
    return TABLE[number]


def describe(number: int) -> str:
    """The encoder in words, as table 4.1 has it."""
    if number == HAND_CRAFTED:
        return "2 hand-crafted 3×3 kernels"
    words = {Convolution: "{0.channels} of {0.kernel}×{0.kernel}", Pooling: "pool", Dense: "FC {0.units}"}
    return " – ".join(words[type(stage)].format(stage) for stage in encoder(number)) or "none"


def receptive_field(number: int) -> int:
    """Side of the square of pixels that a unit at the end of the encoder sees; 1 without encoder, 9 for model 10."""
    field, step = 1, 1
    for stage in encoder(number):
        if isinstance(stage, Convolution):
            field += (stage.kernel - 1) * step
        elif isinstance(stage, Pooling):
            field, step = field + step, 2 * step
        else:
            field = SIDE
    return field


class StackedConv2d(nn.Module):
    """One convolution per seed, without padding; maps of all seeds lie side by side on the channel axis.

    ``weight[s, o, i]`` is the kernel from input channel i to output channel o of seed s.
    """

    weight: Float[Tensor, "seed output input kernel kernel"]
    bias: Float[Tensor, "seed output"]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        generators: Sequence[torch.Generator],
        device: torch.device | str,
    ) -> None:
        super().__init__()
        limit = (inputs * kernel * kernel) ** -0.5
        weight = _uniform((outputs, inputs, kernel, kernel), limit, generators)
        self.weight = nn.Parameter(weight.to(device), requires_grad=False)
        self.bias = nn.Parameter(_uniform((outputs,), limit, generators).to(device), requires_grad=False)

    def forward(self, maps: Float[Tensor, "image input height width"]) -> Float[Tensor, "image output _height _width"]:
        seeds, _, inputs, *_ = self.weight.shape
        # one input shared by all seeds needs no groups, and is several times faster
        groups = 1 if maps.shape[1] == inputs else seeds
        return functional.conv2d(maps, self.weight.flatten(0, 1), self.bias.flatten(), groups=groups)


class FragmentNetworks(nn.Module):
    """One network of table 4.1 per seed. Seed k's first weights depend on k and the model alone.

    head_units, classes: sizes of the two layers of the head.
    winners: how many units of the head stay on for an image, the most active ones; 0 for all (as in the study).
    Parameters do not ask for gradients until training asks for them (:meth:`trainable`).
    Raises ModelError for a number outside 1 to 11, ValueError for no seed.
    """

    def __init__(
        self,
        number: int,
        *,
        seeds: Sequence[int],
        device: torch.device | str = "cpu",
        head_units: int = HEAD_UNITS,
        classes: int = CLASSES,
        winners: int = 0,
    ) -> None:
        super().__init__()
        stages = encoder(number)
        if len(seeds) == 0:
            raise ValueError("seeds is empty: at least one network is needed")
        self.number, self.seeds, self.winners = number, tuple(seeds), winners
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.layers = nn.ModuleDict()
        channels, side = 1, SIDE
        for stage in stages:
            depth = 1 + sum(name.startswith("conv") for name in self.layers)
            if isinstance(stage, Convolution):
                self.layers[f"conv{depth}"] = StackedConv2d(
                    channels, stage.channels, stage.kernel, generators=generators, device=device
                )
                channels, side = stage.channels, side - stage.kernel + 1
            elif isinstance(stage, Pooling):
                self.layers[f"pool{depth - 1}"] = nn.MaxPool2d(2)
                side //= 2
            else:
                self.layers["hidden"] = _dense(channels * side**2, stage.units, generators, device)
                channels, side = stage.units, 1
        self.layers["head"] = _dense(channels * side**2, head_units, generators, device)
        self.layers["classes"] = _dense(head_units, classes, generators, device)
        if number == HAND_CRAFTED:
            convolution = self.layers["conv1"]
            assert isinstance(convolution, StackedConv2d)
            convolution.weight.data[:] = line_kernels()[:, None].to(device)

    def forward(
        self,
        images: Float[Tensor, "image 9 9"] | Float[Tensor, "seed image 9 9"],
        *,
        keep: Float[Tensor, "seed image 12"] | None = None,
    ) -> Float[Tensor, "seed image class"]:
        """The logits, for images that all seeds share or that each has of its own; keep: see :meth:`outputs`."""
        return self.outputs(images, keep=keep)["classes"]

    def outputs(
        self,
        images: Float[Tensor, "image 9 9"] | Float[Tensor, "seed image 9 9"],
        *,
        keep: Float[Tensor, "seed image 12"] | None = None,
    ) -> dict[str, Float[Tensor, "seed image *unit"]]:
        """What every layer gives on, by its name: after ReLU, maps as (channel, row, column); logits at the end.

        keep: factors on the activations of the head before the last layer (dropout while training).
        """
        seeds = len(self.seeds)
        x = images.unsqueeze(1) if images.ndim == 3 else images.transpose(0, 1)  # (image, 1 or seed, row, column)
        found: dict[str, Tensor] = {}
        for name, layer in self.layers.items():
            if isinstance(layer, StackedLinear):
                if x.ndim == 4:
                    x = self._by_seed(x).flatten(2)  # (seed, image, unit)
                x = layer(x)
                x = x.relu() if name != "classes" else x
                x = _most_active(x, self.winners) if name == "head" and self.winners else x
                found[name] = x
                x = x * keep if name == "head" and keep is not None else x
            else:
                x = layer(x)
                x = x.relu() if name.startswith("conv") else x
                found[name] = x.unflatten(1, (seeds, -1)).transpose(0, 1)  # (seed, image, channel, row, column)
        return found

    @torch.no_grad()
    def activations(
        self, images: Float[Tensor, "image 9 9"] | Float[Tensor, "seed image 9 9"]
    ) -> dict[str, Float[Tensor, "seed image *unit"]]:
        """As :meth:`outputs`, with the class probabilities at the end: what the study stores (section 4.1)."""
        found = self.outputs(images)
        return {**found, "classes": found["classes"].softmax(-1)}

    @torch.no_grad()
    def predict(
        self, images: Float[Tensor, "image 9 9"] | Float[Tensor, "seed image 9 9"]
    ) -> Int[Tensor, "seed image"]:
        """The most probable class."""
        return self(images).argmax(-1)

    def trainable(self) -> list[nn.Parameter]:
        """The parameters to train, from now on asking for gradients: all but the hand-crafted kernels."""
        fixed = {"layers.conv1.weight"} if self.number == HAND_CRAFTED else set()
        chosen = [parameter for name, parameter in self.named_parameters() if name not in fixed]
        for parameter in chosen:
            parameter.requires_grad_()
        return chosen

    def _by_seed(self, maps: Float[Tensor, "image _ row column"]) -> Float[Tensor, "seed image channel row column"]:
        seeds = len(self.seeds)
        if maps.shape[1] == 1:
            return maps.expand(seeds, *maps.shape)
        return maps.unflatten(1, (seeds, -1)).transpose(0, 1)


def line_kernels() -> Float[Tensor, "kernel 3 3"]:
    """The two kernels of model 11: lines one pixel wide, vertical first. The study does not print its own."""
    profile = torch.tensor([-1.0, 2.0, -1.0])
    return torch.stack([profile.expand(3, 3), profile[:, None].expand(3, 3)])


def wired_to(patterns: Float[Tensor, "pattern 9 9"]) -> FragmentNetworks:
    """Model 10 with a first layer set by hand: unit k is 1 where the whole pattern k is there, else 0.

    The positive control of the fragment score. A pattern's unit counts its pixels and subtracts all but one of
    them; units without a pattern stay 0, and so does the rest of the network.
    """
    network = FragmentNetworks(10, seeds=[0], device=patterns.device)
    for parameter in network.parameters():
        parameter.zero_()
    hidden = network.layers["hidden"]
    assert isinstance(hidden, StackedLinear)
    flat = patterns.flatten(1)
    hidden.weight[0, :, : len(flat)] = flat.T
    hidden.bias[0, : len(flat)] = 1 - flat.sum(1)
    return network


def _most_active(x: Float[Tensor, "seed image unit"], count: int) -> Float[Tensor, "seed image unit"]:
    """The ``count`` most active units of each image as they are, the others at 0."""
    return torch.zeros_like(x).scatter(-1, (top := x.topk(count, dim=-1)).indices, top.values)


def _dense(inputs: int, units: int, generators: Sequence[torch.Generator], device: torch.device | str) -> StackedLinear:
    layer = StackedLinear(inputs, units, generators=generators, device=device)
    limit = inputs**-0.5
    layer.weight.data = _uniform((inputs, units), limit, generators).to(device)
    layer.bias.data = _uniform((units,), limit, generators).to(device)
    return layer


def _uniform(shape: tuple[int, ...], limit: float, generators: Sequence[torch.Generator]) -> Tensor:
    return torch.stack([torch.empty(shape).uniform_(-limit, limit, generator=random) for random in generators])
