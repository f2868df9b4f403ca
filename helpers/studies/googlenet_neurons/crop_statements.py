"""What the sentences on the density crop are judged by: over its neighbours, its readings, and the share it keeps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.studies.googlenet_neurons.crop_sweep import NUMBERS
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, KEPT, percentile
from helpers.studies.googlenet_neurons.stages.density_crops import DensityCrops
from helpers.studies.googlenet_neurons.topology.crop_distances import READINGS

Swept = Float[Tensor, "reading number crop"]
_KEPT, _WHOLE = CROPS.index(KEPT), CROPS.index(1.0)
_USUAL = NUMBERS.index(100)  # the study's


def percentiles(made: DensityCrops, *, shuffled: bool = False) -> Swept:
    """The lower percentile of the longest bar among Gaussian and among shuffled clouds.

    shuffled: of the first cloud of shuffled kernels in place of the trained ones; it is in neither null.
    """
    own = made.shuffled_bar[0] if shuffled else made.bar
    found = [
        torch.stack(
            [percentile(each[None], null) for each, null in zip(own.flatten(), nulls.flatten(1).T, strict=True)]
        )
        for nulls in (made.gaussian_bar, made.shuffled_bar[1:])
    ]
    return torch.minimum(*found).reshape(own.shape)


def highest(sets: Sequence[DensityCrops]) -> tuple[list[float], list[float]]:
    """The highest percentile over all settings, for each set; the second: of shuffled kernels in place of trained."""
    own, mixed = ([float(percentiles(each, shuffled=other).max()) for each in sets] for other in (False, True))
    return own, mixed


def spans(sets: Sequence[DensityCrops]) -> tuple[list[float], list[float]]:
    """The highest percentile at ``KEPT`` minus the lowest, over readings and neighbours; the second as above."""

    def span(made: DensityCrops, shuffled: bool) -> float:
        found = percentiles(made, shuffled=shuffled)[..., _KEPT]
        return float(found.max() - found.min())

    return [span(each, False) for each in sets], [span(each, True) for each in sets]


def least_carved(sets: Sequence[DensityCrops]) -> tuple[list[float], list[float]]:
    """What the crop adds to the share of variance in three components, the least over readings and neighbours.

    The second: of Gaussian kernels, mean over the clouds.
    """

    def carved(variance: Float[Tensor, "*cloud reading number crop"]) -> float:
        gain = variance[..., _KEPT] - variance[..., _WHOLE]  # (*cloud, reading, number)
        return float(gain.amin(dim=(-2, -1)).mean())

    return [carved(each.variance) for each in sets], [carved(each.gaussian_variance) for each in sets]


def rank_one(sets: Sequence[DensityCrops]) -> tuple[list[float], list[float]]:
    """The share of different settings in which the cycle rank is 1; the second: of shuffled kernels, mean over clouds.

    Without a crop the neighbours change nothing: that is one setting.
    """

    def share(rank: Float[Tensor, "*cloud reading number crop"]) -> float:
        cropped, whole = rank[..., :_WHOLE].flatten(-3), rank[..., 0, 0, _WHOLE, None]
        return float((torch.cat([cropped, whole], dim=-1) == 1).double().mean())

    return [share(each.rank) for each in sets], [share(each.shuffled_rank) for each in sets]


def curves(sets: Sequence[DensityCrops], name: str, *, by: str) -> dict[str, Float[Tensor, "set point"]]:
    """A measure of :func:`crop_sweep.sweep` by "crop", at the study's neighbours, or by "neighbours", at ``KEPT``.

    Trained kernels by both readings; null clouds, mean over the clouds, by the distance to the k-th neighbour.
    """

    def point(of: Float[Tensor, "reading number crop"], reading: int) -> Float[Tensor, " point"]:
        return of[reading, _USUAL] if by == "crop" else of[reading, :, _KEPT]

    found = {
        f"trained, {reading}": torch.stack([point(getattr(each, name), k) for each in sets])
        for k, reading in enumerate(READINGS)
    }
    for kind in ("Gaussian", "shuffled"):
        clouds = [getattr(each, f"{kind.lower()}_{name}").mean(dim=0) for each in sets]
        found[f"{kind}, {READINGS[0]}"] = torch.stack([point(each, 0) for each in clouds])
    return found


def table(sets: Sequence[DensityCrops]) -> str:
    """Mean percentiles over the sets, of trained kernels and of shuffled ones in their place, as Markdown."""
    own, mixed = (
        torch.stack([percentiles(each, shuffled=other) for each in sets]).mean(dim=0) for other in (False, True)
    )
    rows = [
        f"| {reading} | {number} | "
        + " | ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(own[r, n].tolist(), mixed[r, n].tolist(), strict=True))
        + " |"
        for r, reading in enumerate(READINGS)
        for n, number in enumerate(NUMBERS)
    ]
    head = " | ".join(f"{kept:.0%} kept" for kept in CROPS)
    return "\n".join([f"| distance | k | {head} |", f"|---|---|{'---|' * len(CROPS)}", *rows])
