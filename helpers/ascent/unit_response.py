"""How strongly units of one layer answer: one unit for each image, of a network that ends there."""

from __future__ import annotations

from copy import deepcopy

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.ascent.errors import AscentError
from helpers.ascent.unit_jobs import MEAN
from helpers.errors import BadInput, first_line
from helpers.hooks.cutting import cut_behind
from helpers.hooks.layer_output import require_unit
from helpers.hooks.unit_axis import units_first, usual_axis
from helpers.models.preprocessing import Preprocessing


class Responses:
    """The units of one layer. The network is cut behind the layer, and copied; ``half`` adds a copy in bfloat16."""

    def __init__(
        self,
        network: nn.Module,
        preprocessing: Preprocessing,
        layer: str,
        *,
        half: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        self.layer, self.preprocessing, self.half = layer, preprocessing, half
        self.exact = cut_behind(network, layer).to(device).float()
        self.exact = self.exact.to(memory_format=torch.channels_last)
        self.fast = deepcopy(self.exact).to(torch.bfloat16) if half else self.exact

    def maps(
        self, images: Float[Tensor, "image 3 height width"], units: Int[Tensor, " image"], *, exact: bool = False
    ) -> Float[Tensor, "image row column"]:
        """The map of each image's unit, in float32, differentiable; ``exact`` runs the network in float32.

        A layer without positions gives maps of one position; tokens stand in one row.

        Raises OutputError for a unit that the layer does not have, and AscentError for images on which the network does
        not run.
        """
        network, dtype = (self.exact, torch.float32) if exact or not self.half else (self.fast, torch.bfloat16)
        x = self.preprocessing(images).to(dtype).contiguous(memory_format=torch.channels_last)
        try:
            output = network(x)
        except BadInput:
            raise
        except RuntimeError as error:
            if "memory" in str(error).lower():
                raise
            size = f"{images.shape[-2]} × {images.shape[-1]}"
            raise AscentError(
                f"{self.layer} does not run on images of {size} pixels ({first_line(error)}); take another size"
            ) from error
        output = units_first(output, usual_axis(tuple(output.shape[1:])))  # (image, unit, *position)
        require_unit(self.layer, int(units.max()), output.shape[1])
        own = output[torch.arange(len(units), device=output.device), units.to(output.device)].float()
        return own.reshape(len(own), *((1,) * (3 - own.dim())), *own.shape[1:])


def value_of(maps: Float[Tensor, "image row column"], where: str) -> Float[Tensor, " image"]:
    """What an image climbs on: the mean of its unit's map, or the value in the middle."""
    rows, columns = maps.shape[1:]
    return maps.mean((1, 2)) if where == MEAN else maps[:, rows // 2, columns // 2]


def peak_of(maps: Float[Tensor, "image row column"], direction: Int[Tensor, " image"]) -> Float[Tensor, " image"]:
    """The largest value of each map, or the smallest where the direction is -1."""
    return torch.where(direction > 0, maps.amax((1, 2)), maps.amin((1, 2)))
