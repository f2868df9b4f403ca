"""Which units a deconvnet passes on its way back, layer by layer, against those of the way forth (probing, section 3).

The study's equations 4 and 5 rectify what flows back, and nothing holds it to the units that were active: it stays in
the field of view, but not in the tree of the units that contribute to the activation.
"""

from __future__ import annotations

from typing import NamedTuple

from helpers.attribution.backward import DECONVNET, attribute
from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import ForwardPass
from helpers.studies.probing.overlap import jaccard_beyond_chance


class Level(NamedTuple):
    """One layer below the unit."""

    layer: str
    overlap: float  # of the units that pass something back and those of the tree, beyond chance; 1 if they are the same
    outside: float  # share of the energy of what flows back that lies on units outside the tree


def levels(passage: ForwardPass, *, unit: int, position: tuple[int, ...] | None) -> list[Level]:
    """What a deconvnet sends back from one unit of a ReLU at one position, in every layer between image and unit.

    A layer whose units get nothing is left out. Raises what :func:`helpers.attribution.contributions.contributions`
    does: the passage must be that of a chain of layers.
    """
    found = []
    tree = {level.layer: level for level in contributions(passage, unit=unit, position=position)[1:-1]}
    for number, stage in enumerate(passage.stages[:-1]):
        if stage.name not in tree:
            continue
        image = passage.image.new_empty(stage.above)
        above = passage._replace(stages=passage.stages[number + 1 :], image=image)  # a network that begins here
        back = attribute(above, DECONVNET, position=position, units=[unit]).signal[0]  # (channel, row, column)
        level = tree[stage.name]
        energy = back.square()
        if not energy.sum() > 0:
            continue
        found.append(
            Level(
                stage.name,
                jaccard_beyond_chance([back > 0], [level.contributing]),
                float(energy[~level.contributing].sum() / energy.sum()),
            )
        )
    return found
