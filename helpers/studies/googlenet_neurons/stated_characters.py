"""What the study says of single clusters (section 7.2), as signs of averaged kernels.

A pattern has a row of signs for each row of the kernel: + positive, - negative, . either; P and N are a positive and a
negative value that must be there, since the description names this place alone. A description with several patterns is
met by any of them. Signs are those of the raw average over the channels; normalising moves the zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.studies.googlenet_neurons.stated_sizes import SIZES

ENOUGH = 0.8  # of the marked positions
_SMALLEST = 3  # units of a cluster that can have a character
_SIGN = {"+": 1.0, "P": 1.0, "-": -1.0, "N": -1.0, ".": 0.0}


@dataclass(frozen=True)
class Character:
    """The description of a cluster of a set; number: of the cluster in the study's table."""

    set: str
    number: int
    patterns: tuple[str, ...]

    @property
    def claim(self) -> str:
        """The id of its claim."""
        return f"sec-7-2.{short(self.set)}-cluster-{self.number}"

    def least(self, units: int) -> float:
        """How many units a cluster of as many units in all must have: half the share of the study's, three at least."""
        sizes = SIZES[self.set]
        return max(_SMALLEST, units * sizes[self.number] / sum(sizes) / 2)


def short(name: str) -> str:
    """A set as ids have it: 3a-3x3."""
    return name.removeprefix("mixed").replace(" ", "-").replace("×", "x")


_UPPER, _LOWER = "----- ----- ..... ..... .....", "..... ..... ..... ----- -----"
_CENTRE, _TOP, _MIDDLE, _BOTTOM = "... .-. ...", "--- ... ...", "... --- ...", "... ... ---"
_AROUND = [place for place in range(9) if place != 4]
_MIXED = tuple(  # a negative centre, a positive and a negative value somewhere around it
    "".join("+" if place == plus else "-" if place in (4, minus) else "." for place in range(9))
    for plus in _AROUND
    for minus in _AROUND
    if plus != minus
)

CHARACTERS = (
    Character("mixed3a 3×3", 0, ("... .+. ...",)),
    Character("mixed3a 3×3", 1, ("-.. .-. ..-", "..- .-. -..")),
    Character("mixed3a 3×3", 2, (".+. +N+ .+.",)),
    Character("mixed3a 3×3", 3, (_TOP, "-.. -.. -..")),
    Character("mixed3a 3×3", 4, ("--- --- ...", "... --- ---", "--- .N. ---")),
    Character("mixed3a 3×3", 5, (_BOTTOM, "..- ..- ..-")),
    Character("mixed3a 5×5", 0, (_UPPER,)),
    Character("mixed3a 5×5", 1, ("..... .---. .-.-. .---. .....",)),
    Character("mixed3a 5×5", 2, (_LOWER,)),
    Character("mixed3b 3×3", 0, _MIXED),
    Character("mixed4a 3×3", 0, ("... .+. ...",)),
    Character("mixed4a 3×3", 2, (_CENTRE,)),
    Character("mixed4a 5×5", 2, ("..... ..... ----- ..... .....", "..... .---. .---. .---. .....")),
    Character("mixed4b 3×3", 0, ("... -.- ...", _BOTTOM)),
    Character("mixed4b 3×3", 1, ("-.- .P. -.-",)),
    Character("mixed4b 3×3", 2, (".-. .+. ...", "... -+. ...", "... .+- ...", "... .+. .-.")),
    Character("mixed4b 3×3", 3, (_MIDDLE, _TOP)),
    Character("mixed4c 3×3", 0, ("--- .+. ...",)),
    Character("mixed4c 3×3", 3, ("... .P. ---", "-.- .P. -.-")),
    Character("mixed5a 3×3", 0, ("... .+. ...",)),
    Character("mixed5a 3×3", 3, (_CENTRE,)),
    Character("mixed5b 3×3", 0, ("--- .-. ...", _MIDDLE, "... .-. ---")),
    Character(
        "mixed5b 5×5",
        0,
        ("..... ..... --N-- ..... .....", "----- ..... ..N.. ..... .....", "..... ..... ..N.. ..... -----"),
    ),
    Character("mixed5b 5×5", 2, ("----- ..... ..... ..... .....", "..... ..... ..... ..... -----")),
)
WITHOUT = ("mixed3b 5×5", "mixed4b 5×5", "mixed5a 5×5")  # sets in which the study finds no character


def shows(averages: Float[Tensor, "unit position"], patterns: tuple[str, ...]) -> Bool[Tensor, " unit"]:
    """Whether a unit's averaged kernel shows one of the patterns: the sign at enough of the marked positions.

    Those that must be there, P and N, are there without exception.
    """
    written = [pattern.replace(" ", "") for pattern in patterns]
    signs = torch.tensor([[_SIGN[sign] for sign in pattern] for pattern in written])
    named = torch.tensor([[sign in "PN" for sign in pattern] for pattern in written])
    own = averages.sign().float()
    agree = (own @ signs.T + signs.abs().sum(dim=1)) / 2  # (unit, pattern); an exact 0 is half
    missed = ((own[:, None] != signs) & named).any(dim=2)
    return ((agree >= ENOUGH * signs.abs().sum(dim=1)) & ~missed).any(dim=1)


def largest_share(shown: Bool[Tensor, " unit"], label: Int[Tensor, " unit"], least: float) -> float:
    """The largest share of a cluster of at least so many units that shows a pattern; 0 without such a cluster."""
    names, counts = label.unique(return_counts=True)
    return max((float(shown[label == k].double().mean()) for k in names[counts >= least]), default=0.0)
