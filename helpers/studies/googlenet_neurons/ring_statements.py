"""What the sentences on loops are judged by: longest bars beside those of null clouds (section 4.2.3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from helpers.pages.stages import Trained
from helpers.studies.googlenet_neurons.kernel_clouds import NEIGHBOURS
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, percentile
from helpers.studies.googlenet_neurons.stages.digit_kernels import DigitKernels
from helpers.studies.googlenet_neurons.stages.kernel_rings import Loops

LONG = 0.95  # the share of null clouds whose longest bar a ring's exceeds
_LEAST = 0.01  # of the norm: a second bar that is shorter counts as this


@dataclass(frozen=True, kw_only=True)
class Ring:
    """The loops of one set of kernels, and those of as many Gaussian ones."""

    own: Loops
    gaussian: Float[Tensor, "null 2"]
    gaussian_by_crop: Float[Tensor, "crop few 2"]

    @property
    def bar(self) -> float:
        """The longest bar, mean over samples, in units of the norm."""
        return float(self.own.own[:, 0].mean())

    def among(self, kind: str) -> float:
        """The mean percentile of the longest bar among "gaussian" or "shuffled" clouds."""
        null = self.gaussian if kind == "gaussian" else self.own.null
        return float(percentile(self.own.own[:, 0], null[:, 0]).mean())

    def by_crop(self, *, shuffled: bool = False) -> list[float]:
        """The lower mean percentile for each of ``CROPS``, among the few null clouds that went through all crops.

        shuffled: of as many null clouds, shuffled ones, among the others, in place of the samples.
        """
        found = []
        for k in range(len(CROPS)):
            own, null = self.own.own_by_crop[k, :, 0], self.own.null_by_crop[k, :, 0]
            if shuffled:
                samples = min(len(own), len(null) - 1)
                own, null = null[:samples], null[samples:]
            clouds = (self.gaussian_by_crop[k, :, 0], null)
            found.append(min(float(percentile(own, each).mean()) for each in clouds))
        return found

    @property
    def lower(self) -> float:
        """The lower of both mean percentiles."""
        return min(self.among("gaussian"), self.among("shuffled"))


def rings(made: Mapping[str, Trained], nulls: Mapping[str, str]) -> dict[str, Ring]:
    """The loops of each layer, from the artefacts of the stage ``kernel_rings``; nulls: the key of each one's nulls."""
    found = {}
    for name, key in nulls.items():
        null = made[key].history
        found[name] = Ring(own=made[name].history, gaussian=null.null, gaussian_by_crop=null.null_by_crop)
    return found


def best_crops(sets: Sequence[Ring]) -> tuple[list[float], list[float]]:
    """The highest percentile over the crops, for each set; the second: of shuffled kernels in place of the trained."""
    return [max(ring.by_crop()) for ring in sets], [max(ring.by_crop(shuffled=True)) for ring in sets]


def by_crop(sets: Sequence[Ring]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The percentile of each set by the share that the crop keeps; the second: of shuffled kernels likewise."""
    tables = [[ring.by_crop(shuffled=shuffled) for ring in sets] for shuffled in (False, True)]
    columns = [
        {f"{kept:g}": list(column) for kept, column in zip(CROPS, zip(*table, strict=True), strict=True)}
        for table in tables
    ]
    return columns[0], columns[1]


def photographs_by_crop(own: Loops, null: Loops) -> list[list[float]]:
    """The percentile of each sample of patches among Gaussian clouds, for each of ``CROPS``: [sample][crop]."""
    pairs = zip(own.own_by_crop[:, :, 0], null.null_by_crop[:, :, 0], strict=True)
    return [list(row) for row in zip(*(percentile(*pair).tolist() for pair in pairs), strict=True)]


def dominance(bars: Float[Tensor, "cloud 2"]) -> float:
    """The longest bar over the second, mean over clouds."""
    return float((bars[:, 0] / bars[:, 1].clamp(min=_LEAST)).clamp(min=1.0).mean())


def longest(sets: Sequence[Ring]) -> dict[str, list[float]]:
    """Mean longest bars of Gaussian, shuffled and trained kernels, for each set."""
    return {
        "gaussian": [float(ring.gaussian[:, 0].mean()) for ring in sets],
        "shuffled": [float(ring.own.null[:, 0].mean()) for ring in sets],
        "trained": [ring.bar for ring in sets],
    }


def of_random_networks(ring: Ring) -> float:
    """The mean percentile of random networks' longest bars among Gaussian clouds."""
    return float(percentile(ring.own.random[:, 0], ring.gaussian[:, 0]).mean())


def over_training(found: DigitKernels) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The longest bar of each group by the step of training; the second: under permuted labels."""
    steps = [str(step) for step in found.step.tolist()]
    columns = [dict(zip(steps, bars[:, :, 0].T.tolist(), strict=True)) for bars in (found.bars, found.permuted)]
    return columns[0], columns[1]


def early_losses(found: DigitKernels) -> dict[str, list[float]]:
    """The mean loss over the first third of the steps, for each network, by what it started with."""
    early = found.loss[:, :, : max(1, found.loss.shape[2] // 3)].mean(dim=2)
    return dict(zip(("he", "core", "shuffled", "covariance"), early.tolist(), strict=True))


def summary(sets: Mapping[str, Ring], drawn: Mapping[str, tuple[int, int, int]]) -> str:
    """A table of the sets, as Markdown; drawn: for each its kernels, those of a sample, and the crop's neighbours."""
    rows = []
    for name, ring in sets.items():
        everything, kernels, neighbours = drawn[name]
        percentiles = " | ".join(f"{ring.among(kind):.2f}" for kind in ("shuffled", "gaussian"))
        rows.append(
            f"| {name} | {kernels:,} of {everything:,} | {neighbours} | {ring.bar:.2f} | {percentiles} | "
            f"{dominance(ring.own.own):.1f} | {float(ring.own.turning.mean()):.2f} |"
        )
    columns = (
        "set",
        "kernels of a sample",
        "neighbours",
        "longest bar",
        "percentile, shuffled",
        "percentile, Gaussian",
    )
    head = " | ".join([*columns, "over the second", "turns with directions"])
    return "\n".join([f"| {head} |", f"|{'---|' * 8}", *rows])


def sampling(drawn: Mapping[str, tuple[int, int, int]]) -> str:
    """What the crop of samples is, beside the study's crop of whole sets; drawn: as in :func:`summary`."""
    name = max(drawn, key=lambda each: drawn[each][0])
    everything, kernels, neighbours = drawn[name]
    fewest = min(each[2] for each in drawn.values())
    return (
        f"The neighbours of a sample's crop are as large a part of it as the study's {NEIGHBOURS} are of the set, but "
        f"{fewest} at least. In the largest set, {neighbours} of {kernels:,} kernels of {name} are "
        f"{neighbours / kernels:.1%}, and {NEIGHBOURS} of its {everything:,} are {NEIGHBOURS / everything:.2%}."
    )


def crop_table(sets: Mapping[str, Ring]) -> str:
    """The percentile of each set for each crop, as Markdown."""
    head = " | ".join(f"{kept:.0%}" for kept in CROPS)
    rows = [f"| {name} | " + " | ".join(f"{each:.2f}" for each in ring.by_crop()) + " |" for name, ring in sets.items()]
    return "\n".join([f"| set, crop keeps | {head} |", f"|---|{'---|' * len(CROPS)}", *rows])
