"""How much of a block's input the 1×1 units before its larger kernels keep: by the best linear map back (appendix 7.1).

Positions of natural images are the rows, half of the images to fit on and half to test. Beside the trained units
stand as many with random kernels of the same mean and variance, and as many principal components.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.data.image_set import ImageSet
from helpers.models.initialisation import matched_gaussian
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.layer_inputs import layer_inputs
from helpers.studies.googlenet_neurons.linear_prediction import predicted, principal, products, variation
from helpers.studies.googlenet_neurons.subject import Subject, subject

_BATCH = 20  # images
_POSITIONS = 32  # of an image


@dataclass
class Kept:
    """Shares of the variance of a block's input, by branch in the order of the network.

    rectified: predicted from the 1×1 units as the kernels read them, behind the ReLU. linear: before it. random: from
    random units behind the ReLU. principal: from as many principal components. each, each_random: as rectified and
    random, for the median channel. rows: positions to fit on.
    """

    rectified: Float[Tensor, " branch"]
    linear: Float[Tensor, " branch"]
    random: Float[Tensor, "branch draw"]
    principal: Float[Tensor, " branch"]
    each: Float[Tensor, " branch"]
    each_random: Float[Tensor, "branch draw"]
    rows: Int[Tensor, ""]


def bottlenecks(seen: Subject) -> dict[str, str]:
    """The 1×1 convolution before each branch with larger kernels that has one, by the branch's title."""
    return {
        branch.title: f"{branch.layer}_bottleneck_pre_relu"
        for branch in seen.branches
        if min(branch.size) >= 3 and seen.reduce_weights(branch) is not None
    }


@dataclass(frozen=True, kw_only=True)
class KeptByBottlenecks:
    """The shares that all bottlenecks of a network keep."""

    history: ClassVar[type] = Kept
    key: str
    described: dict[str, Any]
    images: ImageSet
    seed: int
    draws: int
    seen: Subject = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        own = {"images": self.images._asdict(), "seed": self.seed, "draws": self.draws}
        return {"kind": type(self).__name__, **self.described, **own}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Kept]:
        """One run over the images."""
        names = list(bottlenecks(self.seen).values())
        layers = {name: _Layer.of(self.seen.loaded.network.get_submodule(name), name, self.draws) for name in names}
        sums: dict[tuple[str, int], Tensor] = {}
        rows = 0
        for parity, inputs in self._inputs(names, device):
            rows += (parity == 0) * len(inputs[names[0]])
            for name, x in inputs.items():
                own = products(torch.cat([x, *layers[name].outputs(x)], dim=1))
                sums[name, parity] = sums.get((name, parity), 0) + own
        found = [_shares(layers[name], sums[name, 0], sums[name, 1]) for name in tqdm(names, desc="bottlenecks")]
        stacked = {key: torch.stack([each[key] for each in found]) for key in found[0]}
        return nn.Module(), Kept(**stacked, rows=torch.tensor(rows))

    def _inputs(self, names: list[str], device: torch.device) -> Iterator[tuple[int, dict[str, Tensor]]]:
        """For every batch of images, whether to fit on it (0) or to test, and some positions of the layers' inputs."""
        random = generator(self.seed, "positions")
        loaded = self.seen.loaded
        for number, batch in enumerate(self.images.open(self.seed).batches(_BATCH)):
            with torch.no_grad(), layer_inputs(loaded.network, names) as inputs:
                loaded.network(loaded.preprocessing(batch.x.to(device)))
            taken = {}
            for name in names:
                flat = inputs[name].flatten(2)  # (image, channel, position)
                places = torch.randperm(flat.shape[2], generator=random)[:_POSITIONS]
                taken[name] = flat[:, :, places].permute(0, 2, 1).flatten(0, 1).cpu()
            yield number % 2, taken


@dataclass(frozen=True)
class _Layer:
    """A 1×1 convolution: kernels (unit, channel) as trained and for each random draw, and biases."""

    weights: list[Float[Tensor, "unit channel"]]
    bias: Float[Tensor, " unit"]

    @classmethod
    def of(cls, module: nn.Module, name: str, draws: int) -> _Layer:
        assert isinstance(module, nn.Conv2d)
        weight = module.weight.detach().cpu()
        drawn = [matched_gaussian(weight, layer=name, seed=draw) for draw in range(draws)]
        assert module.bias is not None
        return cls([each.flatten(1) for each in (weight, *drawn)], module.bias.detach().cpu())

    def outputs(self, x: Float[Tensor, "row channel"]) -> list[Float[Tensor, "row unit"]]:
        return [(x @ weight.T + self.bias).relu() for weight in self.weights]


def _shares(layer: _Layer, fitted: Tensor, tested: Tensor) -> dict[str, Tensor]:
    """All shares of one branch, from sums over the columns: 1, channels of the input, units of each kind."""
    units, channels = layer.weights[0].shape
    targets = slice(1, 1 + channels)
    weight = variation(tested, targets)

    def pooled(share: Tensor) -> Tensor:
        return (share.nan_to_num() * weight).sum() / weight.sum()

    outputs = []
    for k in range(len(layer.weights)):
        chosen = torch.zeros(len(fitted), units, dtype=torch.double)
        chosen[1 + channels + k * units + torch.arange(units), torch.arange(units)] = 1
        outputs.append(predicted(fitted, tested, chosen, targets))
    linear = torch.zeros(len(fitted), units, dtype=torch.double)
    linear[targets] = layer.weights[0].T.double()
    components = principal(fitted, targets, min(units, channels))
    return {
        "rectified": pooled(outputs[0]),
        "linear": pooled(predicted(fitted, tested, linear, targets)),
        "random": torch.stack([pooled(each) for each in outputs[1:]]),
        "principal": pooled(predicted(fitted, tested, components, targets)),
        "each": outputs[0].nanmedian(),
        "each_random": torch.stack([each.nanmedian() for each in outputs[1:]]),
    }


def recipes_of_bottlenecks(values: Mapping[str, Any]) -> dict[str, KeptByBottlenecks]:
    """The recipe "kept"; none for a network without 1×1 units before its kernels."""
    seen = subject(values, torch.device(values["device"]))
    if not bottlenecks(seen):
        return {}
    scale = values["scale"]
    images = natural_images(dict(values), seen.loaded)
    images = images._replace(most={"smoke": 24, "laptop": 500, "paper": 1300}[scale])
    described = {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "layers": list(bottlenecks(seen)),
        "identity": bytes(images.open(values["seed"]).identity().tolist()).hex(),
    }
    draws = {"smoke": 1, "laptop": 2, "paper": 5}[scale]
    return {
        "kept": KeptByBottlenecks(
            key="kept", described=described, images=images, seed=values["seed"], draws=draws, seen=seen
        )
    }
