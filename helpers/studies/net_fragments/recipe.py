"""The networks that the pages of the net fragments study share: all models of table 4.1, and how they are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, ClassVar

import torch

from helpers.studies.net_fragments.networks import TABLE, FragmentNetworks
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

    @property
    def key(self) -> str:
        return "encoders"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Trajectories:
        """Trajectories of zeros, to be filled from a file."""
        return Trajectories(list(TABLE), epochs=self.epochs, seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Trajectories, None]:
        """Every model trained, every epoch stored."""
        trajectories = self.build(seeds=seeds, device=device)
        for number in TABLE:
            networks = FragmentNetworks(number, seeds=seeds, device=device)
            trajectory = trajectories[number]
            trajectory.store(0, networks)
            fit(
                networks,
                samples_per_epoch=self.samples_per_epoch,
                epochs=self.epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                after_epoch=partial(trajectory.store, networks=networks),
                progress_name=f"model {number}",
            )
        return trajectories, None
