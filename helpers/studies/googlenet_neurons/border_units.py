"""All units with kernels of 3×3 or more, what their weights and their responses say of borders, and three detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.border_lines import (
    INSIDE,
    THRESHOLD,
    Lines,
    channels_alike,
    joined,
    lines_of,
    of_three_lines,
    shuffled,
)
from helpers.studies.googlenet_neurons.border_matching import Pairs, matched, places_of
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.subject import Branch, Subject

DETECTORS = ("weights", "activations", "shifted images")
_PARTS = 5
_OF_DIRECTION = torch.tensor([[2, 3], [0, 1]])  # the two sides of columns, and of rows, in the order of SIDES


@dataclass(frozen=True, kw_only=True)
class Borders:
    """The units of all branches with kernels of 3×3 or more, branch after branch.

    lines: by their weights. three: the score of three lines. channels: share of alike channels.
    shuffles: larger scores of shuffled kernels. random: of networks with random weights.
    answers: their responses. controls: those of networks with random weights.
    """

    branches: list[Branch]
    lines: Lines
    three: Float[Tensor, " unit"]
    channels: Float[Tensor, " unit"]
    shuffles: Float[Tensor, "shuffle unit"]
    random: Float[Tensor, "draw unit"]
    answers: BorderResponses
    controls: Sequence[BorderResponses]

    @property
    def places(self) -> dict[str, slice]:
        """Where the units of each branch lie, by the name of its layer."""
        return places_of(self.branches)

    @property
    def blocks(self) -> dict[str, list[slice]]:
        """The same by block: one place for each of its branches."""
        found: dict[str, list[slice]] = {}
        for branch, place in zip(self.branches, self.places.values(), strict=True):
            found.setdefault(branch.block, []).append(place)
        return found

    def detected(self) -> dict[str, Bool[Tensor, " unit"]]:
        """What the three detectors say of each unit; all distances are compared with the study's threshold.

        weights: algorithm 4 with "or". activations: some side's responses are that far from those inside.
        shifted images: some side's are that far from the responses to the same content away from the border.
        """
        return {
            "weights": self.lines.flagged(),
            "activations": self.answers.distance[:, 0].nan_to_num().amax(dim=1) >= THRESHOLD,
            "shifted images": self.answers.shifted_distance.nan_to_num().amax(dim=1) >= THRESHOLD,
        }

    def matched(self) -> Pairs:
        """Flagged units and, for each, the unit of its branch with the nearest mean response that is not flagged.

        No unit is taken twice; a flagged unit for which none is left is left out.
        """
        flagged = self.lines.flagged()
        return matched(flagged, ~flagged, self.answers.mean, self.places)

    def at_side(
        self, values: Float[Tensor, "unit side"], units: Int[Tensor, " pair"], like: Int[Tensor, " pair"]
    ) -> Float[Tensor, " pair"]:
        """The values of ``units`` at the sides of the odd lines of ``like``; the mean of both for a line inside."""
        side, both = self.lines.side[like], _OF_DIRECTION[self.lines.direction[like]]
        at = values[units].gather(1, side.clamp(min=0)[:, None])[:, 0]
        return torch.where(side == INSIDE, values[units].gather(1, both).mean(dim=1), at)

    def parts(self) -> list[Int[Tensor, " unit"]]:
        """All units dealt into five parts, every fifth to one; of fewer units, one to each part."""
        count = len(self.three)
        return [torch.arange(first, count, _PARTS) for first in range(min(_PARTS, count))]


def weighed(seen: Subject, answers: Mapping[str, BorderResponses], *, shuffles: int, draws: int, seed: int) -> Borders:
    """What the weights of a network say, put beside its responses.

    answers: of the stage ``border_responses``, by key. shuffles, draws: of shuffled kernels, and random networks.
    """
    branches, random = seen.kernel_sets(), generator(seed, "shuffled kernels")
    parts = [lines_of(seen.weights(branch)) for branch in branches]
    weights = [seen.weights(branch) for branch in branches]
    copies = [seen.with_random_weights(draw) for draw in range(draws)]
    return Borders(
        branches=branches,
        lines=joined(parts),
        three=torch.cat([of_three_lines(each) for each in weights]),
        channels=torch.cat([channels_alike(each, part) for each, part in zip(weights, parts, strict=True)]),
        shuffles=torch.stack(
            [torch.cat([lines_of(shuffled(each, random)).best for each in weights]) for _ in range(shuffles)]
        ),
        random=torch.stack(
            [torch.cat([lines_of(copy.weights(branch)).best for branch in branches]) for copy in copies]
        ),
        answers=answers["natural"],
        controls=[each for key, each in answers.items() if key != "natural"],
    )
