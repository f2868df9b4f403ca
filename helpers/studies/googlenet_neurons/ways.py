"""Do images take the same way through the layers below a unit: mean activations of the layers in what the unit sees."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.studies.googlenet_neurons.features import early_layer
from helpers.studies.googlenet_neurons.natural_extremes import NaturalExtremes, middling, strongest
from helpers.studies.googlenet_neurons.observers import matching_share, standardised
from helpers.studies.googlenet_neurons.subject import Subject

OPTIMISED, NATURAL, MIDDLING = "optimised", "natural", "middling"
KINDS = (OPTIMISED, NATURAL, MIDDLING)  # what is shown of a unit
_NINE = 9


def layers_below(seen: Subject) -> list[str]:
    """The layers whose activations are compared, from below: what comes before the blocks, and the blocks but the last.

    Each layer lies below the blocks whose places in the list are larger; the first block of other networks than
    Inception V1 has none below it.
    """
    early = early_layer(seen)
    return list(dict.fromkeys([early, *(block.name for block in seen.blocks[:-1])]))


def below(seen: Subject, block: str) -> list[str]:
    """Those of these layers that lie below a block."""
    every, names = layers_below(seen), [each.name for each in seen.blocks]
    return every[: names.index(block) + (early_layer(seen) not in names)]


def roles(found: NaturalExtremes, row: Int[Tensor, " unit"]) -> dict[str, Int[Tensor, "unit _"]]:
    """The images of units by role: the strongest of every other image, and strong and middling ones of the rest."""
    value = found.value[0, row]
    even = torch.arange(value.shape[1]) % 2 == 0
    count = min(_NINE, value.shape[1] // 6)
    return {
        "known": strongest(value, even, count),
        NATURAL: strongest(value, ~even, count),
        MIDDLING: middling(value, ~even, count),
    }


def shares(
    natural: Float[Tensor, "window feature"],
    role: Mapping[str, Int[Tensor, "unit _"]],
    optimised: Float[Tensor, "unit feature"],
) -> Float[Tensor, "kind unit"]:
    """For each kind of images the share of other units whose known images are less like what is shown of a unit.

    Vectors are means over the images of a role, standardised over the units, each role by itself.
    """
    vectors = {name: standardised(natural[index].mean(1)) for name, index in role.items()}
    vectors[OPTIMISED] = standardised(optimised)
    return torch.stack([matching_share(vectors[kind], vectors["known"]) for kind in KINDS])
