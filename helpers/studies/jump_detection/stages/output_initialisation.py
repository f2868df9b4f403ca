"""Stage: bottlenecks trained from output layers that were computed (jump detection study, section 4.3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.randomness import generator
from helpers.studies.jump_detection.output_initialisation import output_initialisations, with_outputs
from helpers.studies.jump_detection.signals import noise_free
from helpers.studies.jump_detection.stages import bottlenecks
from helpers.studies.jump_detection.stages.bottlenecks import JumpBottlenecks
from helpers.training.stacks import History

WIDTHS = (2, 10)
LONGEST = {"smoke": {2: 3, 10: 3}, "laptop": {2: 3_000, 10: 1_000}, "paper": {2: 9_000, 10: 3_000}}  # epochs by width
BEGINNINGS = ("pseudo-inverse", "same-norm", "pseudo-inverse, usual norm", "nearest point")
READS = {bottlenecks: [f"bottleneck-shallow-{width}" for width in WIDTHS]}
_NEAR = 1.02  # training ends at this multiple of the lowest validation loss of the usual networks


@dataclass(frozen=True, kw_only=True)
class FromOutputLayers:
    """Shallow bottlenecks with the same first layer, signals and order of signals, but different initial output layers.

    usual: the recipe of the networks with the usual output layer.
    target: for each seed, the validation loss at which training ends.
    max_epochs: the largest number of epochs.

    The stack contains all seeds of the first of ``BEGINNINGS``, then all seeds of the second, and so on.
    """

    history: ClassVar[type] = History
    usual: JumpBottlenecks
    target: Sequence[float]
    max_epochs: int

    @property
    def key(self) -> str:
        return f"{self.usual.key}-from-outputs"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """The networks before training."""
        untrained = self.usual.build(seeds=seeds, device=device)
        layers = output_initialisations(
            untrained,
            noise_free(self.usual.task).to(device),
            noise_std=self.usual.task.noise_before,
            random=generator(seeds[0], "output layers"),
        )
        return with_outputs(untrained, {name: layers[name] for name in BEGINNINGS})

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss, and the losses up to the epoch that reaches the target."""
        networks = self.build(seeds=seeds, device=device)
        return networks, self.usual.fit(
            networks,
            seeds=[*seeds] * len(BEGINNINGS),
            device=device,
            name=self.key,
            max_epochs=self.max_epochs,
            patience=None,
            enough=torch.tensor(self.target, dtype=torch.float64).repeat(len(BEGINNINGS)),
        )


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, FromOutputLayers]:
    """The recipes for both widths: "bottleneck-shallow-2-from-outputs" and "bottleneck-shallow-10-from-outputs"."""
    made = {}
    for width, epochs in LONGEST[values["scale"]].items():
        key = f"bottleneck-shallow-{width}"
        usual = bottlenecks.recipes(values)[key]
        recipe = FromOutputLayers(usual=usual, target=target(read[key].history), max_epochs=epochs)
        made[recipe.key] = recipe
    return made


def target(usual: History) -> list[float]:
    """For every seed, the validation loss at which training from another output layer ends."""
    return [_NEAR * float(loss) for loss in usual.validation_loss.nan_to_num(torch.inf).min(dim=1).values]
