"""Stage: perceptrons that memorise labels, shuffled ones and true ones (jump detection study, section 6.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import JumpTask, sample, shuffle_labels
from helpers.training.stacks import History, MemorisationResult, fit, fit_to_zero_error


@dataclass(frozen=True, kw_only=True)
class MemorisingPerceptrons:
    """Perceptrons that memorise shuffled labels (section 6.2).

    layers: the number of layers with weights.
    width: the number of units of every hidden layer; None for as many as a signal has points.
    networks: of how many of the run's seeds there are networks, beginning with the first; memorising takes far longer
    than learning.
    true_labels: whether the labels are the true ones, as a control.

    The training signals are those of the networks that learn true labels, with the labels in random order.
    """

    history: ClassVar[type] = MemorisationResult
    networks: int
    layers: int = 4
    width: int | None = None
    true_labels: bool = False
    task: JumpTask = field(default_factory=JumpTask)
    training_signals: int = 12_000
    learning_rate: float = 0.01
    batch_size: int = 100
    max_epochs: int = 4_000

    @property
    def key(self) -> str:
        narrow = "" if self.width is None else f"-width-{self.width}"
        return f"{'by-heart' if self.true_labels else 'memorising'}-{self.layers}{narrow}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks; without a width, with the initial weights of the learning networks of these seeds."""
        width = self.task.length if self.width is None else self.width
        sizes = (self.task.length, *[width] * (self.layers - 1), self.task.classes)
        return Perceptrons(sizes, seeds=seeds[: self.networks], device=device)

    def signals(self, *, seeds: Sequence[int], device: torch.device) -> LabelledStack:
        """The training signals with the labels that are memorised."""
        chosen = seeds[: self.networks]
        true = sample(self.task, self.training_signals, seeds=chosen, purpose="train", device=device)
        return true if self.true_labels else shuffle_labels(true, seeds=chosen)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, MemorisationResult]:
        """Networks without errors on their training signals, and the number of epochs that this took."""
        networks = self.build(seeds=seeds, device=device)
        return networks, fit_to_zero_error(
            networks,
            self.signals(seeds=seeds, device=device),
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            shuffle_seeds=seeds[: self.networks],
            progress_name=self.key,
        )


@dataclass(frozen=True, kw_only=True)
class EarlyStoppedMemorising:
    """The same networks and shuffled labels, but training stops when the validation loss rises, as in section 6.2.2."""

    history: ClassVar[type] = History
    memorising: MemorisingPerceptrons
    validation_signals: int
    max_epochs: int
    patience: int = 20

    @property
    def key(self) -> str:
        return f"{self.memorising.key}-stopped"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one for each of the first seeds."""
        return self.memorising.build(seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their loss on validation signals, which have true labels."""
        networks, recipe = self.build(seeds=seeds, device=device), self.memorising
        chosen = seeds[: recipe.networks]
        return networks, fit(
            networks,
            recipe.signals(seeds=seeds, device=device),
            sample(recipe.task, self.validation_signals, seeds=chosen, purpose="validation", device=device),
            max_epochs=self.max_epochs,
            patience=self.patience,
            shuffle_seeds=chosen,
            progress_name=self.key,
        )


def false_labels(values: Mapping[str, Any]) -> MemorisingPerceptrons:
    """The recipe of the memorising networks for a page's parameters."""
    chosen = setting(values)
    return MemorisingPerceptrons(
        networks={"smoke": 1, "laptop": 4, "paper": values["seeds"]}[values["scale"]],
        task=chosen.task,
        training_signals=chosen.training_signals,
        max_epochs=3 if values["scale"] == "smoke" else 4_000,
    )


def recipes(values: Mapping[str, Any]) -> dict[str, MemorisingPerceptrons | EarlyStoppedMemorising]:
    """The recipes by key.

    The keys are "memorising-4" for shuffled labels, "by-heart-4" for true labels, and "memorising-4-stopped" for early
    stopping.
    """
    memorising = false_labels(values)
    by_heart = replace(memorising, true_labels=True)
    stopped = EarlyStoppedMemorising(
        memorising=memorising,
        validation_signals=setting(values).validation_signals,
        max_epochs=min(setting(values).training["max_epochs"], 100),
    )
    return {"memorising-4": memorising, "by-heart-4": by_heart, "memorising-4-stopped": stopped}
