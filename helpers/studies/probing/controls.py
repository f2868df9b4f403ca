"""Are activations or parameters what a reconstruction shows? The study's ways back with the controls that it lacks.

The study (probing, section 3) keeps an image's masks and switches, replaces the weights by random ones, still sees the
image, and concludes that the activations matter more. Each control replaces something else, so that what is kept can
be told from what is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress

from jaxtyping import Float
from torch import Tensor

from helpers.attribution.backward import (
    DECONVNET,
    GUIDED_BACKPROP,
    attribute,
    random_weights,
    with_masks_of,
    with_shuffled_masks,
)
from helpers.attribution.forward_pass import CannotReverse, ForwardPass

OWN_TRUE = "own masks, true weights"
OWN_RANDOM = "own masks, random weights"
SHUFFLED_RANDOM = "random masks, random weights"
SWITCHES_RANDOM = "switches alone, random weights"
MASKS_RANDOM = "own masks, another image's switches, random weights"
OTHER_TRUE = "another image's masks, true weights"
OTHER_RANDOM = "another image's masks, random weights"
MIXED_TRUE = "own switches, another image's masks, true weights"
DECONVNET_TRUE = "deconvnet"
ALL = (
    DECONVNET_TRUE,
    OWN_TRUE,
    OWN_RANDOM,
    SWITCHES_RANDOM,
    OTHER_TRUE,
    OTHER_RANDOM,
    SHUFFLED_RANDOM,
    MASKS_RANDOM,
    MIXED_TRUE,
)


def reconstructions(
    passage: ForwardPass,
    other: ForwardPass,
    *,
    position: tuple[int, ...] | None,
    units: Sequence[int],
    seed: int,
    deconvnet: bool = True,
    conditions: Collection[str] = ALL,
) -> dict[str, Float[Tensor, "unit channel height width"]]:
    """What units at one position send back under each condition, within their receptive field.

    passage, other: of two images through the same network. Random weights and random masks depend on the seed alone.
    deconvnet: whether the conditions without masks are among them, which have no meaning for some networks. Where there
    are no masks to replace, ``SHUFFLED_RANDOM``, ``MASKS_RANDOM`` and ``MIXED_TRUE`` are left out.
    conditions: which of ``ALL`` are wanted.

    ``DECONVNET_TRUE``, ``OWN_TRUE`` and ``OWN_RANDOM`` are the study's (eqs. 4 to 7). ``SHUFFLED_RANDOM`` has masks of
    the same sparsity in a random order, and the image's own switches; ``SWITCHES_RANDOM`` no masks (eqs. 4 and 5 with
    random weights); ``OTHER_TRUE`` and ``OTHER_RANDOM`` masks and switches of the other image; ``MIXED_TRUE`` the
    other image's masks alone, and ``MASKS_RANDOM`` its switches alone. All start with the activations of the first
    image.
    """
    weights = random_weights(passage, seed=seed)
    swapped = other._replace(activation=passage.activation)
    ways = {
        DECONVNET_TRUE: (passage, DECONVNET, None),
        OWN_TRUE: (passage, GUIDED_BACKPROP, None),
        OWN_RANDOM: (passage, GUIDED_BACKPROP, weights),
        SWITCHES_RANDOM: (passage, DECONVNET, weights),
        OTHER_TRUE: (swapped, GUIDED_BACKPROP, None),
        OTHER_RANDOM: (swapped, GUIDED_BACKPROP, weights),
    }
    with suppress(CannotReverse):  # on the way are curved functions such as GELU, which have no masks
        ways[SHUFFLED_RANDOM] = with_shuffled_masks(passage, seed=seed), GUIDED_BACKPROP, weights
        ways[MASKS_RANDOM] = with_masks_of(swapped, passage), GUIDED_BACKPROP, weights
        ways[MIXED_TRUE] = with_masks_of(passage, other), GUIDED_BACKPROP, None
    return {
        name: attribute(way_of, way, position=position, units=units, weights=drawn).signal
        for name, (way_of, way, drawn) in ways.items()
        if name in conditions and (deconvnet or way is not DECONVNET)
    }
