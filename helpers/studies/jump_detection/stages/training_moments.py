"""Stage: the four-layer network at several moments of one training on true labels and one on shuffled labels.

(jump detection study, section 7.1, future work: deviation in the course of training)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, pairwise
from typing import Any, ClassVar

import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.stages.memorising import MemorisingPerceptrons, false_labels
from helpers.training.stacks import MemorisationResult, fit_to_zero_error


@dataclass(frozen=True, kw_only=True)
class AtMoment:
    """Networks after some epochs of memorising labels.

    memorising: the recipe of the training.
    moments: the epochs after which the networks are saved, up to and including the one of these networks.
    """

    history: ClassVar[type] = MemorisationResult
    memorising: MemorisingPerceptrons
    moments: Sequence[int]

    @property
    def key(self) -> str:
        return f"{self.memorising.key}-at-{self.moments[-1]}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one for each of the first seeds."""
        return self.memorising.build(seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, MemorisationResult]:
        """Networks after the last of the moments; no validation signals are used."""
        networks = self.build(seeds=seeds, device=device)
        return networks, [self.stretch(networks, pair, seeds=seeds, device=device) for pair in self.stretches][-1]

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Pairs of consecutive moments, beginning with 0."""
        return list(pairwise([0, *self.moments]))

    def stretch(
        self, networks: Perceptrons, moments: tuple[int, int], *, seeds: Sequence[int], device: torch.device
    ) -> MemorisationResult:
        """Continue the training of networks from one moment to the next.

        networks: as they are at the first moment; they are changed.
        moments: the two moments.
        seeds: of the networks.
        device: where the signals are.
        """
        return fit_to_zero_error(
            networks,
            self.memorising.signals(seeds=seeds, device=device),
            trained_for=moments[0],
            max_epochs=moments[1] - moments[0],
            shuffle_seeds=seeds[: self.memorising.networks],
            progress_name=self.key,
        )


def moments(values: Mapping[str, Any]) -> list[int]:
    """The epochs after which the networks are saved."""
    return [1, 2] if values["scale"] == "smoke" else [1, 3, 10, 30, 100, 300]


def recipes(values: Mapping[str, Any]) -> dict[str, AtMoment]:
    """The recipes by key: "memorising-4-at-1", ... for shuffled labels, and "by-heart-4-at-1", ... for true ones."""
    false = false_labels(values)
    all_moments = moments(values)
    made = [
        AtMoment(memorising=memorising, moments=all_moments[: count + 1])
        for memorising in (replace(false, true_labels=True), false)
        for count in range(len(all_moments))
    ]
    return {recipe.key: recipe for recipe in made}


def train_together(
    recipes: Sequence[AtMoment], *, seeds: Sequence[int], device: torch.device
) -> Iterator[tuple[Perceptrons, MemorisationResult]]:
    """Train once for all moments of the same labels."""
    for _, group in groupby(recipes, key=lambda recipe: recipe.memorising):
        alike = list(group)
        wanted, longest = {recipe.moments[-1] for recipe in alike}, alike[-1]
        networks = longest.build(seeds=seeds, device=device)
        for pair in longest.stretches:
            result = longest.stretch(networks, pair, seeds=seeds, device=device)
            if pair[1] in wanted:
                yield networks.select(range(len(networks.seeds))), result  # a copy, since training continues
