"""How much of a unit's response its hues carry: the index of colour with turned hues in the place of grey."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.colour.index import Table, index

TURNS = ("turned by 120°", "turned by 240°")  # among helpers.studies.googlenet_neurons.colour.versions.CHANGES


def hue_index(responses: Table, turned: Iterable[Table]) -> Float[Tensor, " unit"]:
    """The mean of the indices with each of the turns; not a number for a unit that fewer than five images excite."""
    return torch.stack([index(responses, each) for each in turned]).mean(dim=0)
