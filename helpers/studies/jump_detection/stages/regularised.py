"""Stage: the four-layer network with dropout, batch normalisation, or inputs of mean 0 (study, section 7.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.regularised import RegularisedPerceptrons
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample
from helpers.training.stacks import History, fit


@dataclass(frozen=True, kw_only=True)
class RegularisedVariant(JumpRecipe):
    """Four-layer networks that differ from the plain ones in one respect.

    name: the key of the networks.
    networks: of how many of the run's seeds there are networks, beginning with the first.
    dropout: the share of activations that is dropped during training.
    batch_norm: whether hidden layers have batch normalisation.
    scaled: whether signals are scaled to mean 0 and variance 1, taken over the training signals of all seeds.
    """

    name: str
    networks: int
    dropout: float = 0.0
    batch_norm: bool = False
    scaled: bool = False

    @property
    def key(self) -> str:
        return self.name

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one for each of the first seeds."""
        sizes, chosen = (*[self.task.length] * 4, self.task.classes), seeds[: self.networks]
        if not self.dropout and not self.batch_norm:
            return Perceptrons(sizes, seeds=chosen, device=device)
        return RegularisedPerceptrons(
            sizes, seeds=chosen, dropout=self.dropout, batch_norm=self.batch_norm, device=device
        )

    def shown(self, data: LabelledStack, *, seeds: Sequence[int]) -> LabelledStack:
        """The signals as the networks receive them."""
        if not self.scaled:
            return data
        x = self._sample(self.training_signals, "train", seeds, data.x.device).x
        return LabelledStack((data.x - x.mean()) / x.std(), data.label)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss."""
        networks = self.build(seeds=seeds, device=device)
        counts = {"train": self.training_signals, "validation": self.validation_signals}
        train, validation = (
            self.shown(self._sample(count, purpose, seeds, device), seeds=seeds) for purpose, count in counts.items()
        )
        return networks, fit(
            networks,
            train,
            validation,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            patience=self.patience,
            window=self.window,
            shuffle_seeds=seeds[: self.networks],
            progress_name=self.key,
        )

    def _sample(self, count: int, purpose: str, seeds: Sequence[int], device: torch.device) -> LabelledStack:
        return sample(self.task, count, seeds=seeds[: self.networks], purpose=purpose, device=device)


def recipes(values: Mapping[str, Any]) -> dict[str, RegularisedVariant]:
    """The variants "dropout", "batch-norm" and "preprocessed"."""
    networks = {"smoke": 1, "laptop": min(4, values["seeds"]), "paper": values["seeds"]}[values["scale"]]
    shared = {"networks": networks, **setting(values).training}
    made = [
        RegularisedVariant(name="dropout", dropout=values["dropout"], **shared),
        RegularisedVariant(name="batch-norm", batch_norm=True, **shared),
        RegularisedVariant(name="preprocessed", scaled=True, **shared),
    ]
    return {recipe.key: recipe for recipe in made}
