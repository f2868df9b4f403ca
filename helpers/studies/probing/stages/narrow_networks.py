"""Stage: the narrow networks that come with the package, trained once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.training.embedded import EMBEDDED, Course, Training, train


@dataclass(frozen=True, kw_only=True)
class NarrowNetwork:
    """One of the networks, from the first seed."""

    history: ClassVar[type] = Course
    name: str
    training: Training

    @property
    def key(self) -> str:
        return self.name

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """The untrained network."""
        return self.training.build(seed=seeds[0]).to(device).eval()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Course]:
        """The trained network in eval mode, and the course of its training."""
        return train(self.training, seed=seeds[0], device=device)


def recipes(values: Mapping[str, Any]) -> dict[str, NarrowNetwork]:
    """The networks of the package by name; ``steps`` counts batches at laptop scale, at paper scale there are twice
    as many."""
    steps = {"smoke": 2, "laptop": values["steps"], "paper": 2 * values["steps"]}[values["scale"]]
    made = {}
    for name, training in EMBEDDED.items():
        changed = replace(training, steps=steps, learning_rate=values["learning_rate"])
        if values["scale"] == "smoke":
            changed = replace(changed, batch_size=16)
        made[name] = NarrowNetwork(name=name, training=changed)
    return made
