"""What is to be climbed: units of layers, in which direction, from which start; and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.ascent.errors import AscentError, require_positive
from helpers.ascent.views import Views

MEAN, CENTRE = "mean", "centre"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How all images climb; by default as the GoogLeNet study has it (algorithm 2 and appendix 7).

    size: pixels a side of an image, of which the study says nothing (its tool's default is 128).
    steps, rate: of Adam.
    views: the transforms of each step; None for the images as they are.
    fourier: whether the numbers that climb are a spectrum, or the pixels.
    where: what an image climbs on: the mean of the unit's map, or its value in the middle. The study does not say; the
    objective that its tool makes of a layer and a unit is the mean.
    half: whether the network runs in bfloat16. Scores are in float32 anyway.
    looks: numbers of steps after which an image and its score are kept, too; the end is always among them.
    restarts: how often an image that does not climb begins anew.

    Raises AscentError for numbers that are no such setting.
    """

    size: int
    steps: int
    rate: float = 0.05
    views: Views | None = field(default_factory=Views)
    fourier: bool = True
    where: str = MEAN
    half: bool = False
    looks: tuple[int, ...] = ()
    restarts: int = 3

    def __post_init__(self) -> None:
        for name in ("size", "steps", "rate"):
            require_positive(name, getattr(self, name))
        if self.where not in (MEAN, CENTRE):
            raise AscentError(f"where = {self.where!r}; allowed are {MEAN} and {CENTRE}")
        if any(not 0 <= look <= self.steps for look in self.looks):
            raise AscentError(f"looks = {self.looks} must lie between 0 and the {self.steps} steps")

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers of steps after which images are kept, the last being the end."""
        return tuple(sorted({*self.looks, self.steps}))

    def described(self) -> dict[str, Any]:
        """Plain JSON values."""
        plain = asdict(self)
        if self.views is not None:
            plain["views"] |= {name: list(getattr(self.views, name)) for name in ("scales", "degrees")}
        return {**plain, "looks": list(self.looks)}


class Jobs(NamedTuple):
    """One image each: a unit of a layer, whether it is to answer strongly (1) or weakly (-1), and which start."""

    layers: tuple[str, ...]
    layer: Int[Tensor, " job"]  # the place in ``layers``
    unit: Int[Tensor, " job"]  # of the layer
    direction: Int[Tensor, " job"]
    start: Int[Tensor, " job"]


def jobs_of(units: Mapping[str, Sequence[int]], *, directions: Sequence[int] = (1, -1), starts: int = 1) -> Jobs:
    """All units in all directions from all starts: job by (unit, direction, start), layer after layer.

    Raises AscentError where there is nothing to do, and for a direction that is neither 1 nor -1.
    """
    if not any(map(len, units.values())) or starts < 1 or not directions:
        raise AscentError("there is nothing to climb: give a unit, a direction and a start at least")
    if not set(directions) <= {1, -1}:
        raise AscentError(f"directions = {tuple(directions)}; allowed are 1 and -1")
    rows = [
        (place, unit, direction, start)
        for place, own in enumerate(units.values())
        for unit in own
        for direction in directions
        for start in range(starts)
    ]
    return Jobs(tuple(units), *torch.tensor(rows).T.contiguous())
