"""Stage: convolutional networks that locate a jump (jump detection study, section 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from helpers.studies.jump_detection.convolutional import Convnets
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.setting import setting

# The networks of figures 3.17 to 3.23: the filter lengths of each.
KERNELS = {"cnn-7": (7,), "cnn-5": (5,), "cnn-5-9": (5, 9), "cnn-5-7-9": (5, 7, 9)}


@dataclass(frozen=True, kw_only=True)
class JumpConvnets(JumpRecipe):
    """Convolutional networks that locate a jump (study: jump_detection, section 3.4).

    kernels: the filter length of each convolution.
    rectified: whether a ReLU follows each convolution. The study does not say; see
    :class:`helpers.studies.jump_detection.convolutional.Convnets`.
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


def recipe(kernels: Sequence[int], values: Mapping[str, Any], *, rectified: bool = False) -> JumpConvnets:
    """The recipe of one network for a page's parameters."""
    return JumpConvnets(kernels=tuple(kernels), rectified=rectified, **setting(values).training)


def lengths(values: Mapping[str, Any]) -> list[int]:
    """The lengths of single filters that are tried: odd numbers from 3 to the parameter ``longest``."""
    return list(range(3, values.get("longest", 11) + 1, 2))


def recipes(values: Mapping[str, Any]) -> dict[str, JumpConvnets]:
    """The study's networks, with and without ReLU, and single filters of several lengths.

    The keys are "cnn-5-9" and, with a ReLU after each convolution, "relu-cnn-5-9". The parameter ``rectified`` of a
    page decides whether the single filters of other lengths have a ReLU.
    """
    rectified = values.get("rectified", False)
    kernels = dict.fromkeys([*KERNELS.values(), *((length,) for length in lengths(values))])
    made = [recipe(sizes, values, rectified=rectified) for sizes in kernels]
    made += [recipe(sizes, values, rectified=not rectified) for sizes in KERNELS.values()]
    return {one.key: one for one in made}
