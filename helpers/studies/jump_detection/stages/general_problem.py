"""Stage: perceptrons that locate a jump of unknown size in unknown noise (jump detection study, eq. 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.general_problem import GeneralTask, draw, standardised
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.setting import setting


@dataclass(frozen=True, kw_only=True)
class GeneralPerceptrons(JumpRecipe):
    """Perceptrons with as many hidden units as a signal has points; each signal is standardised before.

    layers: the number of layers with weights.
    general: the distribution of the signals; the task of the simplified problem is not used.
    """

    layers: int
    general: GeneralTask = field(default_factory=GeneralTask)

    @property
    def key(self) -> str:
        return f"general-mlp-{self.layers}-{self.training_signals}"

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one per seed."""
        sizes = (*[self.general.length] * self.layers, self.general.classes)
        return Perceptrons(sizes, seeds=seeds, device=device)

    def signals(self, count: int, *, seeds: Sequence[int], purpose: str, device: torch.device) -> LabelledStack:
        drawn = draw(self.general, count, seeds=seeds, purpose=purpose, device=device).signals
        return LabelledStack(standardised(drawn.x), drawn.label)


def recipes(values: Mapping[str, Any]) -> dict[str, GeneralPerceptrons]:
    """The recipes by key: "mlp-1" to "mlp-3", and "mlp-2-more" with ten times as many training signals."""
    training = setting(values).training
    made = {f"mlp-{layers}": GeneralPerceptrons(layers=layers, **training) for layers in (1, 2, 3)}
    more = {
        **training,
        "training_signals": 10 * training["training_signals"],
        "max_epochs": training["max_epochs"] // 3,
    }
    return {**made, "mlp-2-more": GeneralPerceptrons(layers=2, **{**training, **more})}
