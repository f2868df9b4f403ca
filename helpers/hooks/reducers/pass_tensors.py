"""What a pass over images keeps for pages: the strongest images of all units and statistics, as a stage stores them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.unit_statistics import UnitStatistics, from_tensors


@dataclass(frozen=True, kw_only=True)
class PassTensors:
    """A pass as tensors: the header, and the state of each statistic (see :mod:`helpers.hooks.reducers`).

    The state of a statistic that the pass does not keep is empty.
    """

    header: UInt8[Tensor, " byte"]
    strongest_key: Int[Tensor, "unit rank"]
    strongest_position: Int[Tensor, "unit rank axis"]
    weakest_key: Int[Tensor, "unit weak_rank"]
    weakest_position: Int[Tensor, "unit weak_rank no_axis"]
    moments_images: Int[Tensor, ""]
    moments_sum: Int[Tensor, "limb unit"]
    moments_sum_of_squares: Int[Tensor, "square_limb unit"]
    active_images: Int[Tensor, ""]
    active_active: Int[Tensor, " unit"]
    histogram_count: Int[Tensor, "unit bin"]
    classes_images: Int[Tensor, " class"]
    classes_sum: Int[Tensor, "limb class unit"]


def statistics(top: int, weakest: int, classes: int | None) -> dict[str, Reducer]:
    """What every pass keeps: the ``top`` strongest images of each unit with positions, a few weakest, and the rest.

    classes: how many there are; without it, there are no means of classes.
    """
    by_class = {} if classes is None else {"classes": ClassMeans(classes)}
    return {
        "strongest": Extremes(top),
        "weakest": Extremes(weakest, weakest=True, positions=False),
        "moments": Moments(),
        "active": ActiveShare(),
        "histogram": Histogram(),
        **by_class,
    }


def to_tensors(found: UnitStatistics) -> PassTensors:
    """The statistics of a finished pass as a stage keeps them."""
    header = torch.frombuffer(bytearray(json.dumps(found.header()).encode()), dtype=torch.uint8)
    states = {name.replace(".", "_", 1): tensor for name, tensor in found.tensors().items()}
    limbs, units = states["moments_sum"].shape
    no_classes = {"classes_images": torch.zeros(0, dtype=torch.int64)}
    no_classes["classes_sum"] = torch.zeros(limbs, 0, units, dtype=torch.int64)
    return PassTensors(header=header, **(no_classes | states))


def from_stage(kept: PassTensors, *, name: str) -> UnitStatistics:
    """The statistics that a stage keeps; ``name`` is what sentences call them."""
    header = json.loads(bytes(kept.header.tolist()))
    tensors = {
        field.name.replace("_", ".", 1): getattr(kept, field.name) for field in fields(kept) if field.name != "header"
    }
    return from_tensors(header, tensors, name=name)
