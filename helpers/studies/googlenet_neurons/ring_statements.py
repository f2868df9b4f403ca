"""What the sentences on loops are judged by: longest bars beside those of null clouds (section 4.2.3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from helpers.pages.stages import Trained
from helpers.studies.googlenet_neurons.kernel_rings import percentile
from helpers.studies.googlenet_neurons.stages.digit_kernels import DigitKernels
from helpers.studies.googlenet_neurons.stages.kernel_rings import Loops

LONG = 0.95  # the share of null clouds whose longest bar a ring's exceeds
_LEAST = 0.01  # of the norm: a second bar that is shorter counts as this


@dataclass(frozen=True, kw_only=True)
class Ring:
    """The loops of one set of kernels, and those of as many Gaussian ones."""

    own: Loops
    gaussian: Float[Tensor, "null 2"]

    @property
    def bar(self) -> float:
        """The longest bar, mean over samples, in units of the norm."""
        return float(self.own.own[:, 0].mean())

    def among(self, kind: str) -> float:
        """The mean percentile of the longest bar among "gaussian" or "shuffled" clouds."""
        null = self.gaussian if kind == "gaussian" else self.own.null
        return float(percentile(self.own.own[:, 0], null[:, 0]).mean())

    @property
    def lower(self) -> float:
        """The lower of both mean percentiles."""
        return min(self.among("gaussian"), self.among("shuffled"))


def rings(made: Mapping[str, Trained], nulls: Mapping[str, str]) -> dict[str, Ring]:
    """The loops of each layer, from the artefacts of the stage ``kernel_rings``; nulls: the key of each one's nulls."""
    return {name: Ring(own=made[name].history, gaussian=made[key].history.null) for name, key in nulls.items()}


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
    return dict(zip(("he", "core", "shuffled"), early.tolist(), strict=True))


def summary(sets: Mapping[str, Ring]) -> str:
    """A table of the sets, as Markdown."""
    rows = [
        f"| {name} | {ring.bar:.2f} | {ring.among('shuffled'):.2f} | {ring.among('gaussian'):.2f} | "
        f"{dominance(ring.own.own):.1f} | {float(ring.own.turning.mean()):.2f} |"
        for name, ring in sets.items()
    ]
    head = (
        "| set | longest bar | percentile, shuffled | percentile, Gaussian | over the second | turns with directions |"
    )
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])
