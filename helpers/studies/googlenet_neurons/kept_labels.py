"""Whether a label of a unit's optimised image is the same from another start, and under another setting.

Both are chance-corrected, unit by unit: the mean over the units is a kappa, and their spread gives its interval.

    found = labels(checks, lambda levels: crossing(harmonics(luminance(levels / 255))) < 0)
    over_starts(found).mean(), over_settings(found).mean()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from helpers.studies.googlenet_neurons.colour.agreement import kappa_interval
from helpers.studies.googlenet_neurons.image_likeness import SETTINGS, place
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject

Label = Bool[Tensor, " unit"]
Labelling = Callable[[UInt8[Tensor, "image 3 row column"]], Bool[Tensor, " image"]]
_NAMES = {"pad_0": "no padding", "pad_12": "padding of 12 pixels", "centre": "the middle of the map as objective"}


class Labels(NamedTuple):
    """The labels of the same units by their images of several starts, and by one image of each other setting.

    The image of the first start is the one that the others are compared with.
    """

    starts: Bool[Tensor, "unit start"]
    settings: dict[str, Label]
    more_steps: Label


def labels(checks: Mapping[str, Optimised], label: Labelling) -> Labels:
    """The labels of the images of the stage ``optimisation_checks``; label: of images with levels from 0 to 255."""
    starts = checks["starts"].image[:, 0]  # (unit, start, 3, row, column)
    settings = [name for name in checks if name in SETTINGS or name.startswith("canvas_")]
    return Labels(
        torch.stack([label(starts[:, start]) for start in range(starts.shape[1])], 1),
        {name: label(checks[name].image[:, 0, 0]) for name in settings},
        label(checks["long"].image[:, 0, 0]),
    )


def neighbours(seen: Subject, made: Optimised) -> Int[Tensor, " unit"]:
    """For each unit the row of the next one of its block, going round; a unit that is alone there has itself."""
    blocks = [place(seen, number)[0].block for number in made.unit.tolist()]
    found = []
    for row, block in enumerate(blocks):
        own = [k for k, other in enumerate(blocks) if other == block]
        found.append(own[(own.index(row) + 1) % len(own)])
    return torch.tensor(found)


def over_starts(found: Labels, others: Int[Tensor, " unit"] | None = None) -> Float[Tensor, " unit"]:
    """What each unit adds to Fleiss' kappa of its labels from several starts.

    others: rows of other units; pairs are then of an image of the unit and one of the other unit.
    """
    starts = found.starts.double()
    yes, count = starts.sum(1), starts.shape[1]
    no = count - yes
    if others is None:
        same = (yes * (yes - 1) + no * (no - 1)) / (count * (count - 1))
    else:
        same = (yes * yes[others] + no * no[others]) / count**2
    share = starts.mean()
    return _beyond_chance(same, share, share)


def over_settings(found: Labels, others: Int[Tensor, " unit"] | None = None) -> Float[Tensor, " unit"]:
    """What each unit adds to Cohen's kappa of its label and that under another setting, mean over the settings.

    others: rows of other units, whose labels under the other setting then count.
    """
    own, added = found.starts[:, 0], []
    for each in found.settings.values():
        other = each if others is None else each[others]
        added.append(_beyond_chance((own == other).double(), own.double().mean(), other.double().mean()))
    return torch.stack(added).mean(0)


def table(found: Labels, *, seed: int) -> str:
    """Markdown: by what is other, units with the label, equal labels, those by chance, and kappa with its bootstrap."""
    own = found.starts[:, 0]
    rows = {f"start {start + 1}": found.starts[:, start] for start in range(1, found.starts.shape[1])}
    rows |= {_name(key): each for key, each in found.settings.items()}
    rows["more steps"] = found.more_steps
    lines = []
    for name, each in rows.items():
        a, b = float(own.double().mean()), float(each.double().mean())
        kappa = kappa_interval(own, each, seed=seed)
        lines.append(
            f"| {name} | {int(each.sum())} of {len(each)} | {float((own == each).double().mean()):.0%} | "
            f"{a * b + (1 - a) * (1 - b):.0%} | {kappa.mean:+.2f} ({kappa.low:+.2f} to {kappa.high:+.2f}) |"
        )
    head = "| what is other | units with the label | equal labels | by chance | kappa |\n|---|---|---|---|---|\n"
    return head + f"| nothing | {int(own.sum())} of {len(own)} | | | |\n" + "\n".join(lines)


def _name(setting: str) -> str:
    """How the table calls a setting of the stage."""
    pixels = setting.removeprefix("canvas_")
    return _NAMES[setting] if pixels == setting else f"canvas of {pixels} pixels"


def _beyond_chance(same: Float[Tensor, " unit"], a: Tensor, b: Tensor) -> Float[Tensor, " unit"]:
    """(same - chance) / (1 - chance) for two labels with these shares; 0 where chance alone makes all labels equal."""
    chance = a * b + (1 - a) * (1 - b)
    return (same - chance) / (1 - chance) if chance < 1 else torch.zeros_like(same)
