"""What is measured of the components of units (section 2.2), and of the same number of random patches beside them."""

from __future__ import annotations

from itertools import combinations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.metrics.similarity import correlation
from helpers.randomness import generator
from helpers.studies.conceptual_content.component_likeness import sharpness, shifted_likeness, spectral_likeness
from helpers.studies.conceptual_content.component_stability import matched_likeness, over_bootstraps, over_seeds
from helpers.studies.conceptual_content.components import Method, Patches, by_channel, components, grey

EIGHT = 8  # the study's number of components
NUMBERS = (4, 6, 8, 10, 16)  # of components, among which one may suit best
_SEEDS = (0, 1, 2)  # of FastICA

LIKENESS = ("shifted", "spectral", "sharpness", "principal", "k-means", "patches", "several", "stability")
UNIT = (
    "converged",
    "as they come",
    "fitted",
    "principal stability",
    "k-means stability",
    "seeds",
    "together",
    "by channel",
    "classes independent",
    "classes principal",
)

OfUnits = Float[Tensor, "unit patch channel height width"]


def of_patches(patches: OfUnits, *, bootstraps: int, seed: int) -> dict[str, Float[Tensor, " unit"]]:
    """Measures that patches of units and random patches have: the names of ``LIKENESS``, NaN without components.

    Likeness and sharpness of eight independent components in grey, likeness of principal ones, of the centres of eight
    clusters and of the patches themselves, the share of variance of held-out patches that eight components explain
    beyond one, and the stability of eight components over bootstraps.
    """
    plain = grey(patches)
    found = components(plain, count=EIGHT, seed=seed)
    principal, centres = (
        components(plain, count=EIGHT, seed=seed, method=method).pictures for method in ("principal", "k-means")
    )
    centred = plain - plain.mean(dim=1, keepdim=True)
    random = generator(seed, "bootstraps of patches")
    measured = {
        "shifted": shifted_likeness(found.pictures),
        "spectral": spectral_likeness(found.pictures),
        "sharpness": sharpness(found.pictures).mean(dim=-1),
        "principal": shifted_likeness(principal),
        "k-means": shifted_likeness(centres),
        "patches": shifted_likeness(centred[:, :: max(1, plain.shape[1] // 12)]),
        "several": held_out(plain),
        "stability": over_bootstraps(plain, count=EIGHT, draws=bootstraps, generator=random),
    }
    return {name: values.masked_fill(~found.there, torch.nan) for name, values in measured.items()}


def of_unit(
    patches: OfUnits, labels: Int[Tensor, "unit patch"], *, bootstraps: int, seed: int
) -> dict[str, Float[Tensor, " unit"]]:
    """Measures of units alone: the names of ``UNIT``, NaN without components."""
    plain = grey(patches)
    found, principal = (
        components(plain, count=EIGHT, seed=seed, method=method) for method in ("independent", "principal")
    )
    came, fitted = channel_match(by_channel(patches, count=EIGHT, seed=seed).pictures)

    def again(which: Patches, name: str, method: Method = "independent") -> Float[Tensor, " unit"]:
        random = generator(seed, f"bootstraps, {name}")
        return over_bootstraps(which, count=EIGHT, draws=bootstraps, generator=random, method=method)

    measured = {
        "converged": found.converged.double(),
        "as they come": came,
        "fitted": fitted,
        "principal stability": again(plain, "principal", "principal"),
        "k-means stability": again(plain, "k-means", "k-means"),
        "seeds": over_seeds(plain, count=EIGHT, seeds=_SEEDS),
        "together": again(patches, "together"),
        "by channel": again(patches[:, :, [1]], "channel"),
        "classes independent": class_share(plain, labels, found.pictures),
        "classes principal": class_share(plain, labels, principal.pictures),
    }
    return {name: values.masked_fill(~found.there, torch.nan) for name, values in measured.items()}


def stability_by_number(patches: OfUnits, *, bootstraps: int, seed: int) -> Float[Tensor, "unit number"]:
    """The stability over bootstraps of 4, 6, 8, 10 and 16 independent components in grey; NaN where there are none."""
    plain = grey(patches)
    random = {count: generator(seed, f"bootstraps of {count}") for count in NUMBERS}
    found = [over_bootstraps(plain, count=count, draws=bootstraps, generator=random[count]) for count in NUMBERS]
    return torch.stack(found, dim=-1)


def held_out(patches: Patches) -> Float[Tensor, "*set"]:
    """The share of the variance of every fifth patch that eight components of the others explain beyond one.

    Eight independent components span the first eight principal ones, so these are taken.
    """
    kept = torch.arange(patches.shape[-4]) % 5 > 0
    rows = patches.double().flatten(-3)  # (*set, patch, value)
    rows = rows - rows[..., kept, :].mean(dim=-2, keepdim=True)
    basis = torch.linalg.svd(rows[..., kept, :], full_matrices=False).Vh[..., :EIGHT, :]
    explained = (rows[..., ~kept, :] @ basis.mT).square().sum(dim=-2)
    return explained[..., 1:].sum(dim=-1) / rows[..., ~kept, :].square().sum(dim=(-2, -1))


def channel_match(
    pictures: Float[Tensor, "*set component channel height width"],
) -> tuple[Float[Tensor, "*set"], Float[Tensor, "*set"]]:
    """The mean absolute correlation of components of two channels: those of equal number, and those that fit best."""
    came, fitted = [], []
    for a, b in combinations(range(pictures.shape[-3]), 2):
        one, other = pictures[..., [a], :, :], pictures[..., [b], :, :]
        came.append(correlation(one.flatten(-3), other.flatten(-3)).abs().mean(dim=-1))
        fitted.append(matched_likeness(one, other))
    return torch.stack(came).mean(dim=0), torch.stack(fitted).mean(dim=0)


def class_share(
    patches: OfUnits,
    labels: Int[Tensor, "unit patch"],
    pictures: Float[Tensor, "unit component channel height width"],
) -> Float[Tensor, " unit"]:
    """The largest share, among the components, of the variance of a component's weights that lies between classes."""
    rows = patches.double().flatten(2)
    rows = rows - rows.mean(dim=1, keepdim=True)
    there = ~pictures.flatten(1).isnan().any(dim=1)
    weights = rows @ torch.linalg.pinv(pictures.double().flatten(2).nan_to_num())  # (unit, patch, component)
    own = torch.nn.functional.one_hot(labels.unique(return_inverse=True)[1]).double()  # (unit, patch, class)
    sizes = own.sum(dim=1)[..., None].clamp(min=1)
    between = ((own.mT @ weights).square() / sizes).sum(dim=1)
    share = (between / weights.square().sum(dim=1)).amax(dim=-1)
    return share.masked_fill(~there, torch.nan)
