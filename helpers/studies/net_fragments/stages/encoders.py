"""Stage: the eleven models of table 4.1, every epoch stored (net fragments study, section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch

from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import HEAD_UNITS, TABLE, FragmentNetworks
from helpers.studies.net_fragments.training import fit
from helpers.studies.net_fragments.trajectories import Trajectories


@dataclass(frozen=True, kw_only=True)
class FragmentEncoders:
    """The recipe of all eleven models; one file holds every seed and every epoch."""

    history: ClassVar[None] = None  # the trajectories are the history
    samples_per_epoch: int = 10_000
    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 5e-4
    layout: str = "closed"  # of the lines in the ten images
    head_units: int = HEAD_UNITS
    networks: int | None = None  # of how many of the run's seeds, the first ones; None for all

    @property
    def key(self) -> str:
        return f"encoders-{self.samples_per_epoch}-{self.layout}-{self.head_units}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Trajectories:
        """Trajectories of zeros, to be filled from a file."""
        return Trajectories(
            list(TABLE),
            epochs=self.epochs,
            seeds=seeds[: self.networks],
            device=device,
            layout=self.layout,
            head_units=self.head_units,
        )

    def untrained(self, *, seeds: Sequence[int], device: torch.device) -> Trajectories:
        """Trajectories on which nothing is learned: the networks before training, after every epoch."""
        trajectories = self.build(seeds=seeds, device=device)
        for number in TABLE:
            networks = FragmentNetworks(number, seeds=seeds[: self.networks], device=device, head_units=self.head_units)
            for epoch in range(self.epochs + 1):
                trajectories[number].store(epoch, networks)
        return trajectories

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Trajectories, None]:
        """Every model trained, every epoch stored."""
        trajectories = self.build(seeds=seeds, device=device)
        for number in TABLE:
            networks = FragmentNetworks(number, seeds=seeds[: self.networks], device=device, head_units=self.head_units)
            trajectory = trajectories[number]
            trajectory.store(0, networks)
            fit(
                networks,
                images=digits(self.layout),
                samples_per_epoch=self.samples_per_epoch,
                epochs=self.epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                after_epoch=partial(trajectory.store, networks=networks),
                progress_name=f"model {number}",
            )
        return trajectories, None


def usual(values: Mapping[str, Any]) -> FragmentEncoders:
    """The recipe of all pages that read trained models, for a page's parameters."""
    smoke = values["scale"] == "smoke"
    return FragmentEncoders(
        samples_per_epoch=64 if smoke else values["samples_per_epoch"],
        epochs=2 if smoke else values["epochs"],
        batch_size=values.get("batch_size", 32),
        learning_rate=values.get("learning_rate", 5e-4),
    )


def sizes(values: Mapping[str, Any]) -> list[int]:
    """How many samples else an epoch is given, to see what that decides: 10 are the data set once, as printed."""
    laptop = [10, 100, 320, 1_000, 3_200]
    return {"smoke": [10, 32], "laptop": laptop, "paper": [*laptop, 32_000]}[values["scale"]]


def heads(values: Mapping[str, Any]) -> list[int]:
    """How many units else the head is given."""
    return [6, 24] if values["scale"] == "smoke" else [6, 24, 48]


def recipes(values: Mapping[str, Any]) -> dict[str, FragmentEncoders]:
    """The recipe "usual", and what differs from it in one thing, by key.

    "100 samples", ...: so many samples in an epoch. "open layout": the other layout of the lines. "head of 6", ...:
    so many units in the head. The last two kinds are trained for the first ten seeds only.
    """
    recipe, some = usual(values), min(10, values["seeds"])
    return {
        "usual": recipe,
        **{f"{size} samples": replace(recipe, samples_per_epoch=size) for size in sizes(values)},
        "open layout": replace(recipe, layout="open", networks=some),
        **{f"head of {units}": replace(recipe, head_units=units, networks=some) for units in heads(values)},
    }
