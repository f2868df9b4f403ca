"""Stage: whether optimised and natural images of a unit excite the same units of the layers below.

One artefact, ``ways``, a :class:`Ways`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.hooks.window_means import joined
from helpers.studies.googlenet_neurons.block_windows import optimised_windows, role_windows
from helpers.studies.googlenet_neurons.features import of_layers
from helpers.studies.googlenet_neurons.looking import Looking, looking
from helpers.studies.googlenet_neurons.stages import extremes, optimised_images
from helpers.studies.googlenet_neurons.ways import KINDS, below, layers_below, roles, shares

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {optimised_images: [], extremes: []}


@dataclass
class Ways:
    """How well images of a unit match its strongest natural patches, in each layer below.

    place: the units, by their numbers among those of all branches.
    share: of the other units of the block whose patches are less like what is shown; by kind of images, unit and layer
    (:mod:`helpers.studies.googlenet_neurons.ways`); NaN in layers that do not lie below the unit.
    """

    place: Int[Tensor, " unit"]
    share: Float[Tensor, "kind unit layer"]


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """The recipe."""

    history: ClassVar[type] = Ways
    look: Looking = field(repr=False)

    @property
    def key(self) -> str:
        return "ways"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **self.look.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Ways]:
        """One pass over the natural images for all layers, and one over the optimised images of each block."""
        look = self.look.to(device)
        seen, found, size = look.seen, look.found, look.images.size
        every = layers_below(seen)
        rows = [found.rows(each.place) for each in look.optimised]
        blocks = [role_windows(seen, found, row, roles(found, row), size=size) for row in rows]
        windows = joined([block.windows for block in blocks])
        index = torch.arange(len(windows)).split([len(block.windows) for block in blocks])
        wanted = {
            layer: [k for k, each in enumerate(look.optimised) if layer in below(seen, each.block.name)]
            for layer in every
        }
        asked = {layer: torch.cat([index[k] for k in some]) for layer, some in wanted.items() if some}
        natural = of_layers(seen.loaded, look.pictures(), windows, asked, size=size)
        tables = []
        for k, (block, each) in enumerate(zip(blocks, look.optimised, strict=True)):
            table = torch.full((len(KINDS), len(each.place), len(every)), torch.nan)
            if under := below(seen, each.block.name):
                both = optimised_windows(seen, each)
                maxima = {layer: torch.arange(0, len(both), 2) for layer in under}
                side = each.image.shape[-1]
                ends = of_layers(seen.loaded, look.optimised_pictures(each), both, maxima, size=side)
                for layer in under:
                    first = sum(len(index[j]) for j in wanted[layer] if j < k)
                    own = natural[layer][first : first + len(index[k])]
                    table[:, :, every.index(layer)] = shares(own, block.role, ends[layer])
            tables.append(table)
        return nn.Module(), Ways(torch.cat([each.place for each in look.optimised]), torch.cat(tables, dim=1))


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Comparing]:
    """One recipe, for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    return {"ways": Comparing(look=looking(values, read, read[extremes.KEY].history))}
