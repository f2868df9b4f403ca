"""Stage: multi-layer perceptrons of one to four layers that locate a jump (jump detection study, section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.setting import setting
from helpers.training.stacks import History

LAYERS = (1, 2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class JumpPerceptrons(JumpRecipe):
    """Multi-layer perceptrons that locate a jump (study: jump_detection, section 3.3).

    layers: the number of layers with weights: 1 is a single linear layer with softmax, 2 has one hidden layer.

    Hidden layers have as many units as a signal has points.
    """

    layers: int

    @property
    def key(self) -> str:
        return f"mlp-{self.layers}"

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one per seed."""
        sizes = (*[self.task.length] * self.layers, self.task.classes)
        return Perceptrons(sizes, seeds=seeds, device=device)


@dataclass(frozen=True, kw_only=True)
class LongPerceptrons(JumpPerceptrons):
    """Perceptrons that are trained far beyond the minimum of their validation loss (figure 3.9).

    networks: of how many of the run's seeds there are networks, beginning with the first.
    """

    networks: int
    patience: int | None = None

    @property
    def key(self) -> str:
        return f"mlp-{self.layers}-long"

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one for each of the first seeds."""
        return super().build(seeds=seeds[: self.networks], device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss; the history contains all epochs."""
        return super().train(seeds=seeds[: self.networks], device=device)


def recipes(values: Mapping[str, Any]) -> dict[str, JumpPerceptrons]:
    """The recipes by key: "mlp-1" to "mlp-4", and "mlp-2-long" unless ``long_training`` is off."""
    training = setting(values).training
    made: list[JumpPerceptrons] = [JumpPerceptrons(layers=layers, **training) for layers in LAYERS]
    if values.get("long_training", True):
        epochs = {"smoke": 20, "laptop": 1_500, "paper": 3_000}[values["scale"]]
        networks = {"smoke": 1, "laptop": min(4, values["seeds"]), "paper": values["seeds"]}[values["scale"]]
        made.append(
            LongPerceptrons(layers=2, networks=networks, **{**training, "patience": None, "max_epochs": epochs})
        )
    return {recipe.key: recipe for recipe in made}
