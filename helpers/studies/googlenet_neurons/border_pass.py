"""How units answer the border of their map: one pass over images with other paddings, shifted images, and flat grey.

Responses are those of the convolution, before any non-linearity. *Inside* are the positions whose field the padding of
that convolution does not reach; a side is its outermost line of positions. Three comparisons, for each side:

- other paddings: only the padding of the branch itself is replaced, on the map that the network has made;
- shifted content: two pieces of one image that overlap, so that what lies at the border of one piece lies away from it
  in the other; this changes the paddings of all layers;
- flat grey images, in which nothing but padding can make positions differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.data.images import Images
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.border_paddings import padded, whole_response, width_of
from helpers.studies.googlenet_neurons.border_sums import OfBranch
from helpers.studies.googlenet_neurons.subject import Branch, Subject

GREYS = (0.1, 0.3, 0.5, 0.7, 0.9)
_BATCH = 8  # images
_STEP = 32  # pixels: the coarsest stride of Inception V1, by whose multiples pieces are shifted
_SMALL = 128  # pixels: smaller images have too few such multiples, and are shifted by half of one


@dataclass
class BorderResponses:
    """For each unit of the branches, in their order; NaN where a map has no position inside, or no padding.

    mean: response of the unit (behind the ReLU in Inception V1) over images and positions.
    moved: mean along a side minus mean inside, in standard deviations of the responses inside.
    fires: share of responses along a side above the level that one in twenty exceeds inside.
    distance: Kolmogorov-Smirnov distance of the responses along a side from those inside.
    shifted: mean at the side minus mean of the same content away from it, in the same standard deviations.
    shifted_distance: Kolmogorov-Smirnov distance of these two. followed: their correlation.
    grey: as ``moved``, in flat grey images.
    """

    mean: Float[Tensor, " unit"]
    moved: Float[Tensor, "unit kind side"]
    fires: Float[Tensor, "unit kind side"]
    distance: Float[Tensor, "unit kind side"]
    shifted: Float[Tensor, "unit side"]
    shifted_distance: Float[Tensor, "unit side"]
    followed: Float[Tensor, "unit side"]
    grey: Float[Tensor, "unit side"]


@contextmanager
def convolutions(network: nn.Module, branches: Sequence[Branch]) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """A dictionary that fills with input and output of each branch's convolution whenever the network runs."""
    found: dict[str, tuple[Tensor, Tensor]] = {}
    handles = []
    for branch in branches:

        def note(_module: nn.Module, given: tuple[Tensor, ...], output: Tensor, name: str = branch.convolution) -> None:
            found[name] = given[0].detach().clone(), output.detach().clone()  # a layer behind may work in place

        handles.append(network.get_submodule(branch.convolution).register_forward_hook(note))
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def measure(seen: Subject, images: Images, *, kinds: Sequence[str], samples: int, seed: int) -> BorderResponses:
    """The responses of all units with kernels of 3×3 or more.

    kinds: paddings, of which the first is "zero".
    samples: positions inside, and along each side, that are drawn from each image for distances and levels.
    seed: of positions and of noise; an image has the same whatever the size of a batch.
    """
    branches, network = seen.kernel_sets(), seen.loaded.network
    device = next(network.parameters()).device
    sums = [OfBranch(_convolution(network, each), rectified=each.layer != each.convolution) for each in branches]
    shift = shift_of(images.size)
    for batch in images.batches(_BATCH, device=device):
        randoms = [generator(seed, f"border {place}") for place in batch.places]
        with convolutions(network, branches) as maps:
            network(seen.loaded.preprocessing(batch.x))
            for branch, own in zip(branches, sums, strict=True):
                own.add(*maps[branch.convolution], kinds=kinds, samples=samples, randoms=randoms)
            if shift is None:
                continue
            size = images.size - shift
            pieces = []
            for y, x in ((0, 0), (0, shift), (shift, 0)):
                network(seen.loaded.preprocessing(batch.x[:, :, y : y + size, x : x + size]))
                pieces.append({name: output for name, (_, output) in maps.items()})
            for branch, own in zip(branches, sums, strict=True):
                own.add_shifted([each[branch.convolution] for each in pieces], size, shift, samples, randoms)
    grey = torch.tensor(GREYS, device=device)[:, None, None, None].expand(-1, 3, images.size, images.size)
    with convolutions(network, branches) as maps:
        network(seen.loaded.preprocessing(grey))
        found = [own.found(maps[branch.convolution][1]) for branch, own in zip(branches, sums, strict=True)]
    return BorderResponses(**{name: torch.cat([each[name] for each in found]).float() for name in found[0]})


def shift_of(size: int) -> int | None:
    """By how many pixels the pieces of an image are shifted, about two sevenths of its side; None for a small one."""
    step = _STEP if size >= _SMALL else _STEP // 2
    shift = step * max(1, round(size * 2 / 7 / step))
    return shift if size - shift >= _STEP else None


@torch.no_grad()
def responses_with(
    seen: Subject, branch: Branch, x: Float[Tensor, "image colour height width"], *, kinds: Sequence[str], seed: int
) -> dict[str, Float[Tensor, "image unit row column"]]:
    """The whole maps of a branch, before the ReLU, for images from 0 to 1, under each padding."""
    network = seen.loaded.network
    convolution = _convolution(network, branch)
    with convolutions(network, [branch]) as maps:
        network(seen.loaded.preprocessing(x))
    given = maps[branch.convolution][0]
    random = generator(seed, "border maps")
    return {
        kind: whole_response(convolution, padded(given, width_of(convolution), kind, random)).cpu() for kind in kinds
    }


def _convolution(network: nn.Module, branch: Branch) -> nn.Conv2d:
    found = network.get_submodule(branch.convolution)
    assert isinstance(found, nn.Conv2d)
    return found
