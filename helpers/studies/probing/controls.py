"""Are activations or parameters what a reconstruction shows? The study's ways back with the controls that it lacks.

The study (probing, section 3) keeps an image's masks and switches, replaces the weights by random ones, still sees the
image, and concludes that the activations matter more. Each control replaces something else, so that what is kept can
be told from what is shown.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution.backward import (
    DECONVNET,
    MASKED,
    random_weights,
    send_back,
    with_masks_of,
    with_shuffled_masks,
)
from helpers.attribution.forward_pass import Passage
from helpers.randomness import generator

OWN_TRUE = "own masks, true weights"
OWN_RANDOM = "own masks, random weights"
SHUFFLED_RANDOM = "random masks, random weights"
SWITCHES_RANDOM = "switches alone, random weights"
OTHER_TRUE = "another image's masks, true weights"
OTHER_RANDOM = "another image's masks, random weights"
MIXED_TRUE = "own switches, another image's masks, true weights"
DECONVNET_TRUE = "deconvnet"


def reconstructions(
    passage: Passage, other: Passage, *, at: tuple[int, int], units: Sequence[int], seed: int
) -> dict[str, Float[Tensor, "unit channel height width"]]:
    """What units of a place send back under each condition, within their field of view.

    passage, other: of two images through the same network. Random weights and random masks depend on the seed alone.

    ``DECONVNET_TRUE``, ``OWN_TRUE`` and ``OWN_RANDOM`` are the study's (eqs. 4 to 7). ``SHUFFLED_RANDOM`` has masks of
    the same sparsity in a random order, and the image's own switches; ``SWITCHES_RANDOM`` no masks (eqs. 4 and 5 with
    random weights); ``OTHER_TRUE`` and ``OTHER_RANDOM`` masks and switches of the other image; ``MIXED_TRUE`` the
    other image's masks alone. All start with the activations of the first image.
    """
    weights = random_weights(passage, seed=seed)
    swapped = other._replace(activation=passage.activation)
    conditions = {
        DECONVNET_TRUE: (passage, DECONVNET, None),
        OWN_TRUE: (passage, MASKED, None),
        OWN_RANDOM: (passage, MASKED, weights),
        SHUFFLED_RANDOM: (with_shuffled_masks(passage, seed=seed), MASKED, weights),
        SWITCHES_RANDOM: (passage, DECONVNET, weights),
        OTHER_TRUE: (swapped, MASKED, None),
        OTHER_RANDOM: (swapped, MASKED, weights),
        MIXED_TRUE: (with_masks_of(passage, other), MASKED, None),
    }
    return {
        name: send_back(way_of, way, at=at, units=units, weights=drawn).signal
        for name, (way_of, way, drawn) in conditions.items()
    }


def randomised(network: nn.Module, *, seed: int) -> nn.Module:
    """A copy in which every convolution has Gaussian weights with the mean and the variance of the true ones.

    The biases stay: this is the network that random weights alone would have made.
    """
    other = copy.deepcopy(network)
    with torch.no_grad():
        for name, module in other.named_modules():
            if isinstance(module, nn.Conv2d):
                weight = module.weight
                noise = torch.randn(weight.shape, generator=generator(seed, f"weights of {name}"))
                weight.copy_(weight.mean() + weight.std(correction=0) * noise.to(weight))
    return other
