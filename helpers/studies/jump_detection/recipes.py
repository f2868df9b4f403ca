"""Networks that several pages share: what they are, what they are trained on, and how.

A recipe holds everything that decides the weights, so that two pages that name the same recipe mean the same
networks (``helpers.pages.runs`` keeps them in a file whose header repeats the recipe).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection import widths
from helpers.studies.jump_detection.convolutional import Convnets
from helpers.studies.jump_detection.signals import JumpTask, sample, shuffle_labels
from helpers.training.stacks import History, MemorisationResult, TrainableStack, fit, fit_to_zero_error


@dataclass(frozen=True, kw_only=True)
class _JumpNetworks:
    """What all networks of the jump detection study share: signals, plain SGD and early stopping (section 3.3.1)."""

    history: ClassVar[type] = History
    task: JumpTask = field(default_factory=JumpTask)
    training_signals: int = 12_000
    validation_signals: int = 6_000
    learning_rate: float = 0.01
    batch_size: int = 100
    max_epochs: int = 1_500
    patience: int | None = 20  # epochs without a new minimum of the validation loss; None trains to max_epochs

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def _fit(self, networks: TrainableStack, *, seeds: Sequence[int], device: torch.device, name: str) -> History:
        """Train to the minimum of the validation loss; a seed has its data and shuffling, however often named."""
        distinct = list(dict.fromkeys(seeds))
        train, validation = (
            sample(self.task, count, seeds=distinct, purpose=purpose, device=device)
            for count, purpose in ((self.training_signals, "train"), (self.validation_signals, "validation"))
        )
        return fit(
            networks,
            train,
            validation,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            patience=self.patience,
            shuffle_seeds=seeds,
            source=[distinct.index(seed) for seed in seeds],
            progress_name=name,
        )


@dataclass(frozen=True, kw_only=True)
class JumpPerceptrons(_JumpNetworks):
    """Multi-layer perceptrons that place a jump (study: jump_detection, section 3.3).

    ``layers`` counts layers with weights: 1 is a single linear layer with softmax, 2 has one hidden layer.
    Hidden layers are as wide as the signal is long.
    """

    layers: int

    @property
    def key(self) -> str:
        return f"mlp-{self.layers}"

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one per seed."""
        sizes = (*[self.task.length] * self.layers, self.task.classes)
        return Perceptrons(sizes, seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss; each seed has its own data, weights and shuffling."""
        networks = self.build(seeds=seeds, device=device)
        return networks, self._fit(networks, seeds=seeds, device=device, name=self.key)


@dataclass(frozen=True, kw_only=True)
class JumpBottlenecks(_JumpNetworks):
    """Perceptrons that place a jump through a layer of few units (study: jump_detection, section 4.2.1).

    ``width`` counts the units of the bottleneck. The shallow kind, 100-width-60, has no other hidden layer; the
    deep kind, 100-25-width-25-60, one of 25 units on either side. Raises ValueError for a width below 1.
    """

    patience: int | None = 40  # their losses fall slowly, with long pauses
    width: int
    deep: bool

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width = {self.width}: a bottleneck has at least 1 unit")

    @property
    def key(self) -> str:
        return f"bottleneck-{'deep' if self.deep else 'shallow'}-{self.width}"

    @property
    def bottleneck(self) -> int:
        """Which of the layers is the bottleneck, counted from 0."""
        return 1 if self.deep else 0

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one per seed."""
        hidden = (25, self.width, 25) if self.deep else (self.width,)
        return Perceptrons((self.task.length, *hidden, self.task.classes), seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss; each seed has its own data, weights and shuffling."""
        networks = self.build(seeds=seeds, device=device)
        return networks, self._fit(networks, seeds=seeds, device=device, name=self.key)


def train_side_by_side(
    recipes: Sequence[JumpBottlenecks], *, seeds: Sequence[int], device: torch.device
) -> list[tuple[Perceptrons, History]]:
    """What ``train`` of every recipe gives, from one stack of all networks: the narrower they are, the faster.

    Raises ValueError for recipes that differ in more than their width.
    """
    one = recipes[0]
    if {replace(recipe, width=one.width) for recipe in recipes} != {one}:
        raise ValueError("the recipes differ in more than their width; side by side they can differ in nothing else")
    stacks = [recipe.build(seeds=seeds, device=device) for recipe in recipes]
    whole = widths.pack_widths(stacks)
    history = one._fit(whole, seeds=[*seeds] * len(recipes), device=device, name=f"{len(recipes)} widths")
    widths.unpack_widths(whole, stacks)
    rows = [slice(first, first + len(seeds)) for first in range(0, len(whole.seeds), len(seeds))]
    return [(stack, history.of(part)) for stack, part in zip(stacks, rows, strict=True)]


@dataclass(frozen=True, kw_only=True)
class JumpConvnets(_JumpNetworks):
    """Convolutional networks that place a jump (study: jump_detection, section 3.4).

    ``kernels`` holds the filter length of each convolution. The study does not say whether a ReLU follows
    (``rectified``): see :class:`helpers.studies.jump_detection.convolutional.Convnets`.
    """

    kernels: Sequence[int]
    rectified: bool = False

    @property
    def key(self) -> str:
        return "-".join(["relu-cnn" if self.rectified else "cnn", *map(str, self.kernels)])

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Convnets:
        """Untrained networks, one per seed."""
        return Convnets(
            self.kernels,
            length=self.task.length,
            classes=self.task.classes,
            seeds=seeds,
            device=device,
            rectified=self.rectified,
        )

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Convnets, History]:
        """Networks at the minimum of their validation loss; each seed has its own data, weights and shuffling."""
        networks = self.build(seeds=seeds, device=device)
        return networks, self._fit(networks, seeds=seeds, device=device, name=self.key)


@dataclass(frozen=True, kw_only=True)
class MemorisingPerceptrons:
    """Perceptrons that learn shuffled labels by heart (study: jump_detection, section 6.2).

    ``layers`` as in :class:`JumpPerceptrons`, whose training signals they have, with labels in random order.
    ``networks``: of how many of the run's seeds, the first ones; memorising takes far longer than learning.
    """

    history: ClassVar[type] = MemorisationResult
    networks: int
    layers: int = 4
    task: JumpTask = field(default_factory=JumpTask)
    training_signals: int = 12_000
    learning_rate: float = 0.01
    batch_size: int = 100
    max_epochs: int = 4_000

    @property
    def key(self) -> str:
        return f"memorising-{self.layers}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, with the initial weights of the learning networks of the same seeds."""
        sizes = (*[self.task.length] * self.layers, self.task.classes)
        return Perceptrons(sizes, seeds=seeds[: self.networks], device=device)

    def signals(self, *, seeds: Sequence[int], device: torch.device) -> LabelledStack:
        """The training signals with their false labels."""
        chosen = seeds[: self.networks]
        true = sample(self.task, self.training_signals, seeds=chosen, purpose="train", device=device)
        return shuffle_labels(true, seeds=chosen)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, MemorisationResult]:
        """Networks that make no mistake on their training signals, and the epochs that this took."""
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
