"""What the explorer itself measures of every unit of any network: columns of the table of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from helpers.pages import unit_table
from helpers.pages.unit_table import Column
from workflow.units.distributions import QUANTILES, Distribution
from workflow.units.layers import UnitLayer

if TYPE_CHECKING:
    import pyarrow as pa

WRITER = "units"  # the page of the book that these columns are of, as others are of pages of studies
COLUMNS = {
    "active_share": "share of the images that bring its response above 0",
    "dead": "whether no image brings its response above 0",
    "largest_activation": "its response to the image that excites it most (a response is that of the best position)",
    "activation_90_percent": "the response that 90% of the images do not exceed",
    "median_activation": "the response that half of the images do not exceed",
    "activation_10_percent": "the response that 10% of the images do not exceed",
    "smallest_activation": "its response to the image that excites it least",
    "likeness_of_nearest": "correlation of its responses with those of the unit that answers most alike",
    "length_of_weights": "the root of the sum of the squares of its weights",
    "has_optimised_image": "whether there is an optimised image of it",
}
_AT = {
    "smallest_activation": 0.0,
    "activation_10_percent": 0.1,
    "median_activation": 0.5,
    "activation_90_percent": 0.9,
    "largest_activation": 1.0,
}
_MISSING = {"likeness_of_nearest": "it answers to all images alike, or no other unit does otherwise"}
_NO_NUMBER = "the network gives no number there"  # of networks that overflow
_ENDLESS = "the network's numbers are too large there"


def of_layer(
    found: Distribution,
    likeness: Float[Tensor, "unit rank"],
    kernel: Float[Tensor, "unit channel row column"],
    optimised: Tensor,
) -> dict[str, np.ndarray]:
    """The columns of the units of one layer.

    found: of their responses. likeness: to the nearest units by response, the nearest first.
    optimised: whether there is an optimised image, a truth value a unit.
    """
    own = {name: found.spread_value[:, QUANTILES.index(at)] for name, at in _AT.items()}
    own |= {
        "active_share": found.active,
        "dead": found.active == 0,
        "likeness_of_nearest": likeness[:, 0],
        "length_of_weights": kernel.flatten(1).norm(dim=1),
        "has_optimised_image": optimised,
    }
    return {name: own[name].numpy() for name in COLUMNS}


def table(
    network: str, layers: Sequence[UnitLayer], values: Sequence[Mapping[str, np.ndarray]], about: Mapping[str, Any]
) -> pa.Table:
    """The columns of all units of a network.

    values: from :func:`of_layer`, in the order of the layers. about: what is to be known of the network and images.
    """
    whole = {name: np.concatenate([each[name] for each in values]) for name in COLUMNS}
    units = unit_table.identities(network, {layer.identity: layer.units for layer in layers})
    schema = {name: _column(name, whole[name]) for name in COLUMNS}
    return unit_table.table(units, whole, schema, page=WRITER, about={network: dict(about)})


def _column(name: str, values: np.ndarray) -> Column:
    """What a column holds; of numbers that a network fails to give it speaks only where there are any."""
    missing = _MISSING.get(name, _NO_NUMBER if np.isnan(values).any() else "")
    return Column(meaning=COLUMNS[name], missing=missing, infinite=_ENDLESS if np.isinf(values).any() else "")
