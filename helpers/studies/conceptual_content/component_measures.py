"""What is measured of the components of one unit (section 2.2), and of the same number of random patches beside it."""

from __future__ import annotations

from itertools import combinations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.similarity import correlation
from helpers.randomness import generator
from helpers.studies.conceptual_content.component_likeness import sharpness, shifted_likeness, spectral_likeness
from helpers.studies.conceptual_content.component_stability import matched_likeness, over_bootstraps, over_seeds
from helpers.studies.conceptual_content.components import (
    Components,
    ComponentsError,
    Patches,
    by_channel,
    components,
    grey,
)

EIGHT = 8  # the study's number of components
NUMBERS = (4, 6, 8, 10, 16)  # of components, among which one may suit best
_SEEDS = (0, 1, 2)  # of FastICA

LIKENESS = ("shifted", "spectral", "sharpness", "principal", "patches", "several", "stability")
UNIT = (
    "converged",
    "as they come",
    "fitted",
    "principal stability",
    "seeds",
    "together",
    "by channel",
    "classes independent",
    "classes principal",
)


def of_patches(patches: Patches, *, bootstraps: int, seed: int) -> dict[str, float]:
    """Measures that patches of a unit and random patches have: the names of ``LIKENESS``.

    Likeness and sharpness of eight independent components in grey, likeness of principal ones and of the patches
    themselves, the share of variance of held-out patches that eight components explain beyond one, and the stability
    of eight components over bootstraps.
    """
    plain = grey(patches)
    found = components(plain, count=EIGHT, seed=seed).pictures
    principal = components(plain, count=EIGHT, seed=seed, method="principal").pictures
    centred = plain - plain.mean(dim=0)
    random = generator(seed, "bootstraps of patches")
    return {
        "shifted": float(shifted_likeness(found)),
        "spectral": float(spectral_likeness(found)),
        "sharpness": float(sharpness(found).mean()),
        "principal": float(shifted_likeness(principal)),
        "patches": float(shifted_likeness(centred[:: max(1, len(centred) // 12)])),
        "several": held_out(plain),
        "stability": over_bootstraps(plain, count=EIGHT, draws=bootstraps, generator=random),
    }


def of_unit(patches: Patches, labels: Int[Tensor, " patch"], *, bootstraps: int, seed: int) -> dict[str, float]:
    """Measures of a unit alone: the names of ``UNIT``."""
    plain = grey(patches)
    found = [components(plain, count=EIGHT, seed=each) for each in _SEEDS]
    channels = by_channel(patches, count=EIGHT, seed=seed).pictures
    came, fitted = channel_match(channels)
    draws = {name: generator(seed, f"bootstraps, {name}") for name in ("principal", "together", "channel")}
    return {
        "converged": float(found[0].converged),
        "as they come": came,
        "fitted": fitted,
        "principal stability": over_bootstraps(
            plain, count=EIGHT, draws=bootstraps, generator=draws["principal"], method="principal"
        ),
        "seeds": over_seeds(plain, count=EIGHT, seeds=_SEEDS),
        "together": over_bootstraps(patches, count=EIGHT, draws=bootstraps, generator=draws["together"]),
        "by channel": over_bootstraps(patches[:, [1]], count=EIGHT, draws=bootstraps, generator=draws["channel"]),
        "classes independent": class_share(plain, labels, found[0]),
        "classes principal": class_share(plain, labels, components(plain, count=EIGHT, seed=0, method="principal")),
    }


def stability_by_number(patches: Patches, *, bootstraps: int, seed: int) -> list[float]:
    """The stability over bootstraps of 4, 6, 8, 10 and 16 independent components in grey; NaN where there are none."""
    plain, found = grey(patches), []
    for count in NUMBERS:
        random = generator(seed, f"bootstraps of {count}")
        try:
            found.append(over_bootstraps(plain, count=count, draws=bootstraps, generator=random))
        except ComponentsError:
            found.append(float("nan"))
    return found


def held_out(patches: Patches) -> float:
    """The share of the variance of every fifth patch that eight components of the others explain beyond one.

    Eight independent components span the first eight principal ones, so these are taken.
    """
    kept = torch.arange(len(patches)) % 5 > 0
    rows = patches.double().flatten(1)
    rows = rows - rows[kept].mean(dim=0)
    basis = torch.linalg.svd(rows[kept], full_matrices=False).Vh[:EIGHT]
    explained = (rows[~kept] @ basis.T).square().sum(dim=0)
    return float(explained[1:].sum() / rows[~kept].square().sum())


def channel_match(pictures: Float[Tensor, "component channel height width"]) -> tuple[float, float]:
    """The mean absolute correlation of components of two channels: those of equal number, and those that fit best."""
    came, fitted = [], []
    for a, b in combinations(range(pictures.shape[1]), 2):
        one, other = pictures[:, [a]], pictures[:, [b]]
        came.append(float(correlation(one.flatten(1), other.flatten(1)).abs().mean()))
        fitted.append(matched_likeness(one, other))
    return sum(came) / len(came), sum(fitted) / len(fitted)


def class_share(patches: Patches, labels: Int[Tensor, " patch"], found: Components) -> float:
    """The largest share, among the components, of the variance of a component's weights that lies between classes."""
    rows = patches.double().flatten(1)
    weights = (rows - rows.mean(dim=0)) @ torch.linalg.pinv(found.pictures.double().flatten(1))  # (patch, component)
    between = torch.zeros(weights.shape[1], dtype=torch.double)
    for label in labels.unique():
        own = weights[labels == label]
        between += len(own) * own.mean(dim=0).square()
    return float((between / weights.square().sum(dim=0)).max())
