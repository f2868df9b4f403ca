"""The average response of every unit at every position, before the ReLU, to photographs and to images of noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.border_paddings import lines_of_map, untouched
from helpers.studies.googlenet_neurons.border_pass import convolutions
from helpers.studies.googlenet_neurons.subject import Subject

_BATCH = 8  # images of noise


class Average(NamedTuple):
    """Of one branch: the mean response at each position over the images, and that of its squares.

    inside: whether the padding of this convolution does not reach a position.
    """

    mean: Float[Tensor, "unit row column"]
    square: Float[Tensor, "unit row column"]
    inside: Float[Tensor, "row column"]

    def moved(self) -> Float[Tensor, "unit side"]:
        """Mean along each side minus mean inside, in standard deviations inside; NaN without a position inside."""
        if not bool(self.inside.any()):
            return torch.full((len(self.mean), len(SIDES)), torch.nan)
        own, squares = (each[:, self.inside > 0].mean(dim=1) for each in (self.mean, self.square))
        spread = (squares - own.square()).clamp(min=0).sqrt()
        lines = lines_of_map(self.mean[None])
        along = torch.stack([lines[side][0].mean(dim=1) for side in SIDES], dim=1)
        return (along - own[:, None]) / torch.where(spread > 0, spread, torch.inf)[:, None]


@torch.no_grad()
def averages(seen: Subject, batches: Iterable[Float[Tensor, "_ 3 height width"]]) -> dict[str, Average]:
    """The averages of each branch with kernels of 3×3 or more, by the name of its layer; images from 0 to 1."""
    branches, network = seen.kernel_sets(), seen.loaded.network
    sums: dict[str, list[Tensor]] = {}
    inside: dict[str, Tensor] = {}
    images = 0
    with convolutions(network, branches) as maps:
        for x in batches:
            network(seen.loaded.preprocessing(x))
            images += len(x)
            for branch in branches:
                given, response = maps[branch.convolution]
                powers = [response.double().sum(dim=0).cpu(), response.double().square().sum(dim=0).cpu()]
                known = sums.setdefault(branch.layer, [torch.zeros_like(each) for each in powers])
                sums[branch.layer] = [a + b for a, b in zip(known, powers, strict=True)]
                convolution = network.get_submodule(branch.convolution)
                assert isinstance(convolution, nn.Conv2d)
                inside[branch.layer] = untouched(convolution, (given.shape[2], given.shape[3])).float()
    return {
        layer: Average((first / images).float(), (second / images).float(), inside[layer])
        for layer, (first, second) in sums.items()
    }


def noise(count: int, *, size: int, seed: int, device: torch.device) -> Iterator[Float[Tensor, "_ 3 size size"]]:
    """Batches of images of uniform noise from 0 to 1, ``count`` in all."""
    random = generator(seed, "images of noise")
    for first in range(0, count, _BATCH):
        yield torch.rand(min(_BATCH, count - first), 3, size, size, generator=random).to(device)


def moved(seen: Subject, found: dict[str, Average]) -> Float[Tensor, "unit side"]:
    """What :meth:`Average.moved` says of the units of all branches with kernels of 3×3 or more, one after the other."""
    return torch.cat([found[branch.layer].moved() for branch in seen.kernel_sets()])
