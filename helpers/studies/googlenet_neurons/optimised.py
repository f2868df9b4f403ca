"""Read what the stage of optimised images made: ``of_stage(run.stage(optimised_images))``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Branch

MAXIMUM, MINIMUM = 0, 1  # places along the axis of directions


def of_stage(made: Mapping[str, Any]) -> dict[str, Optimised]:
    """The optimised images of each block, by its name, in the order of the network."""
    return {key: trained.history for key, trained in made.items()}


def in_branch(found: Optimised, branch: Branch) -> Bool[Tensor, " unit"]:
    """Which of the units are those of a branch of the block."""
    return (found.unit >= branch.first) & (found.unit < branch.first + branch.units)


def units_in(found: Optimised, branch: Branch) -> list[int]:
    """The numbers within a branch of those of its units that have images."""
    return (found.unit[in_branch(found, branch)] - branch.first).tolist()


def images(found: Optimised, direction: int = MAXIMUM, start: int = 0) -> Float[Tensor, "unit 3 row column"]:
    """The images of all units from 0 to 1: :data:`MAXIMUM` or :data:`MINIMUM`, of one start."""
    return found.image[:, direction, start].to(torch.float32) / 255
