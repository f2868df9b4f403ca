"""How alike optimised images of units are, to the network below: what else in the unit's branch answers to them.

Two images of one unit show its pattern in other places, so that their pixels do not agree. The mean responses of all
units of the branch do not depend on the place. The unit itself is left out: it answers to both by construction.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.hooks.layer_output import layer_output
from helpers.metrics.similarity import correlation
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Branch, Subject

SETTINGS = ("pad_0", "pad_12", "centre")  # and every canvas: what the study does not say, or says otherwise

_WORDS = {"pad_0": "no padding", "pad_12": "padding of 12", "centre": "middle of the map", "float32": "32-bit numbers"}


def in_words(name: str) -> str:
    """How a figure calls one of the names that :func:`likenesses` gives."""
    return _WORDS.get(name, name.replace("canvas_", "canvas of "))


def place(seen: Subject, number: int) -> tuple[Branch, int]:
    """The branch of a unit that counts through all branches, and its number in it."""
    for branch in seen.branches:
        where = seen.places(branch)
        if where.start <= number < where.stop:
            return branch, number - where.start
    raise KeyError(number)


def profiles(seen: Subject, branch: Branch, images: Float[Tensor, "image 3 row row"]) -> Float[Tensor, "image unit"]:
    """Mean response of each unit of the branch before the ReLU, less that to a grey image of the same size."""
    grey = torch.full_like(images[:1], 0.5)
    x = seen.loaded.preprocessing(torch.cat([grey, images]).to(next(seen.loaded.network.parameters()).device))
    means = layer_output(seen.loaded.network, branch.convolution, x).flatten(2).mean(2).cpu()
    return means[1:] - means[0]


def likeness(a: Float[Tensor, " unit"], b: Float[Tensor, " unit"], *, without: int) -> float:
    """Correlation of two profiles over all units but one."""
    keep = torch.arange(len(a)) != without
    return float(correlation(a[keep], b[keep]).clamp(-1, 1))  # of equal profiles it may be rounded to above 1


def as_image(found: Optimised, unit: int, *, start: int = 0) -> Float[Tensor, "1 3 row row"]:
    """The image of the unit in this place of an artefact, from 0 to 1."""
    return found.image[unit, 0, start][None].float() / 255


def likenesses(seen: Subject, checks: Mapping[str, Optimised]) -> dict[str, list[float]]:
    """For each unit that is checked, how like its image is to others, by what is other.

    The names: "other units" (another of its block), "other starts", "more steps", "other settings" (the mean of those
    the study leaves open), each setting by itself, "other batches" and "float32".
    """
    base, long = checks["starts"], checks["long"]
    settings = [name for name in checks if name in SETTINGS or name.startswith("canvas_")]
    places = [place(seen, number) for number in base.unit.tolist()]
    found: dict[str, list[float]] = {}
    for unit, (branch, own) in enumerate(places):
        neighbour = next(
            (k for k, (other, _) in enumerate(places) if k != unit and other.block == branch.block),
            (unit + 1) % len(places),
        )
        named = {name: [as_image(checks[name], unit)] for name in settings}
        named["other units"] = [as_image(base, neighbour)]
        named["other starts"] = [as_image(base, unit, start=start) for start in range(1, base.image.shape[2])]
        named["more steps"] = [as_image(long, unit)]
        named |= {"other batches": [as_image(checks["batch_1"], unit)], "float32": [as_image(checks["float32"], unit)]}
        (reference,) = profiles(seen, branch, as_image(base, unit))
        for name, others in named.items():
            other = profiles(seen, branch, torch.cat(others))
            alike = [likeness(reference, each, without=own) for each in other]
            found.setdefault(name, []).append(sum(alike) / len(alike))
    found["other settings"] = torch.tensor([found[name] for name in settings]).mean(0).tolist()
    return found


def pixel_correlations(checks: Mapping[str, Optimised]) -> dict[str, list[float]]:
    """For each unit that is checked, the correlation of its image's pixels with those from other starts or batches."""
    base = checks["starts"].image[:, 0].float().flatten(2)  # (unit, start, pixel)
    starts = correlation(base[:, :1], base[:, 1:]).mean(1)
    alone = correlation(base[:, 0], checks["batch_1"].image[:, 0, 0].float().flatten(1)).clamp(-1, 1)
    return {"other starts": starts.tolist(), "other batches": alone.tolist()}
