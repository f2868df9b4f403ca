"""The common part of the recipes of all networks of the study: signals, gradient descent, early stopping (3.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.training import stacks
from helpers.training.stacks import History, TrainableStack


@dataclass(frozen=True, kw_only=True)
class JumpRecipe:
    """Signals, plain gradient descent and early stopping. A subclass adds the networks: their ``key`` and ``build``."""

    history: ClassVar[type] = History
    task: JumpTask = field(default_factory=JumpTask)
    training_signals: int = 12_000
    validation_signals: int = 6_000
    learning_rate: float = 0.01
    batch_size: int = 100
    max_epochs: int = 1_500
    # Training ends when the mean of the validation losses of so many epochs has not fallen for as many; None: at
    # max_epochs. The losses jitter by about 0.005 nats from epoch to epoch, so that 100 epochs show a fall of 0.0015.
    patience: int | None = 100

    @property
    def window(self) -> int:
        """The number of epochs whose validation losses are averaged to decide when to stop."""
        return self.patience or 1

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    @property
    def key(self) -> str:
        """The name of the networks' file."""
        raise NotImplementedError

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Any:
        """Untrained networks, one per seed."""
        raise NotImplementedError

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Any, History]:
        """Networks at the minimum of their validation loss.

        Each seed has its own data, initial weights and shuffling.
        """
        networks = self.build(seeds=seeds, device=device)
        return networks, self.fit(networks, seeds=seeds, device=device, name=self.key)

    def signals(self, count: int, *, seeds: Sequence[int], purpose: str, device: torch.device) -> LabelledStack:
        """The signals with which networks are trained and validated: those of the task."""
        return sample(self.task, count, seeds=seeds, purpose=purpose, device=device)

    def fit(
        self, networks: TrainableStack, *, seeds: Sequence[int], device: torch.device, name: str, **other: Any
    ) -> History:
        """Train networks to the minimum of their validation loss.

        networks: the untrained networks.
        seeds: one per network. A seed may occur twice; its signals are then the same both times.
        device: where the signals are.
        name: the name in the progress bar.
        other: arguments of :func:`helpers.training.stacks.fit` that differ from the recipe's.
        """
        distinct = list(dict.fromkeys(seeds))
        train, validation = (
            self.signals(count, seeds=distinct, purpose=purpose, device=device)
            for count, purpose in ((self.training_signals, "train"), (self.validation_signals, "validation"))
        )
        settings = dict(
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            patience=self.patience,
            window=self.window,
        )
        return stacks.fit(
            networks,
            train,
            validation,
            shuffle_seeds=seeds,
            source=[distinct.index(seed) for seed in seeds],
            progress_name=name,
            **{**settings, **other},
        )
