"""What an observer chooses: the trials of one block of units, and the shares of right choices under each condition."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.studies.googlenet_neurons.features import OBSERVERS, OWN
from helpers.studies.googlenet_neurons.natural_extremes import NaturalExtremes, middling, strongest
from helpers.studies.googlenet_neurons.observers import (
    likeness,
    of_another_unit,
    right_choices,
    standardised,
)

PARTS = 4  # of the images; new images are from one, references from the others
REFERENCES = (1, 3, 9, 27)  # strongest patches
NEW = 5  # strong, middling and weak images
WEAKEST, BOTH, PERMUTED = "9 patches, against the weakest", "optimised, both ends", "9 patches of another unit"
OPTIMISED, OPTIMISED_PERMUTED = "optimised", "optimised of another unit"
TOGETHER, TOGETHER_PERMUTED = "optimised and 9 patches", "optimised and 9 of another unit"
COUNTS = ("1 patch", *(f"{count} patches" for count in REFERENCES[1:]))
ONE, NATURAL = COUNTS[0], COUNTS[2]
CONDITIONS = (
    *COUNTS,
    WEAKEST,
    PERMUTED,
    OPTIMISED,
    OPTIMISED_PERMUTED,
    BOTH,
    TOGETHER,
    TOGETHER_PERMUTED,
)

Seen = Mapping[str, Float[Tensor, "_ _"]]  # by observer


def part_of(images: int) -> Int[Tensor, " image"]:
    """The part of each image; images of a class stand side by side and go to different parts."""
    return torch.arange(images) % PARTS


def roles(found: NaturalExtremes, row: Int[Tensor, " unit"]) -> dict[str, Int[Tensor, "unit _"]]:
    """The images of units by role: references outside each part, strong, middling and weak ones inside it."""
    value = found.value[0, row]
    parts = part_of(value.shape[1])
    own = {"strongest": strongest(value, torch.ones_like(parts, dtype=torch.bool), 9)}
    for part in range(PARTS):
        inside = parts == part
        count = min(NEW, int(inside.sum()) // 3)
        own[f"references {part}"] = strongest(value, ~inside, min(max(REFERENCES), int((~inside).sum()) // 2))
        own[f"strong {part}"] = strongest(value, inside, count)
        own[f"middling {part}"] = middling(value, inside, count)
        own[f"weak {part}"] = strongest(-value, inside, count)
    return own


def choices(
    natural: Seen,
    role: Mapping[str, Int[Tensor, "unit _"]],
    optimised: Seen,
    number: Int[Tensor, " unit"],
    *,
    own: Collection[str] = (OWN,),
) -> Float[Tensor, "observer condition unit part"]:
    """The shares of right choices for the units of a block; NaN under conditions that need another unit of one.

    natural, optimised: features of the windows of natural images, and of two optimised images a unit.
    number: of each unit in its block. own: the observers that see the units' layer, from which the unit is hidden.
    """
    found = torch.full((len(OBSERVERS), len(CONDITIONS), len(number), PARTS), torch.nan)
    for k, observer in enumerate(OBSERVERS):
        hidden = number if observer in own else None
        features = standardised(natural[observer])
        ends = optimised[observer].unflatten(0, (-1, 2))  # (unit, direction, feature)
        pair = [standardised(ends[:, direction]) for direction in range(2)]
        for part in range(PARTS):
            new = {kind: features[role[f"{kind} {part}"]] for kind in ("references", "strong", "middling", "weak")}
            found[k, :, :, part] = _one_part(new, pair, hidden, part)
    return found


def _one_part(
    new: Mapping[str, Float[Tensor, "unit _ feature"]],
    ends: list[Float[Tensor, "unit feature"]],
    hidden: Int[Tensor, " unit"] | None,
    part: int,
) -> Float[Tensor, "condition unit"]:
    """The conditions for the new images of a part; ``hidden``: a feature of each unit that counts for nothing."""
    strong, middle, weak = (_without(new[kind], hidden) for kind in ("strong", "middling", "weak"))
    means = {name: new["references"][:, :count].mean(1) for name, count in zip(COUNTS, REFERENCES, strict=True)}
    other = {NATURAL: of_another_unit(means[NATURAL], part), OPTIMISED: of_another_unit(ends[0], part)}

    def by(*references: Tensor, against: Tensor = middle, signs: tuple[int, ...] = (1, 1)) -> Tensor:
        likenesses = []
        for images in (strong, against):
            each = [sign * likeness(reference, images) for sign, reference in zip(signs, references, strict=False)]
            likenesses.append(torch.stack(each).sum(0))
        return right_choices(*likenesses)

    table = {count: by(mean) for count, mean in means.items()}
    table[WEAKEST] = by(means[NATURAL], against=weak)
    table[PERMUTED] = by(other[NATURAL])
    table[OPTIMISED], table[OPTIMISED_PERMUTED] = by(ends[0]), by(other[OPTIMISED])
    table[BOTH] = by(ends[0], ends[1], signs=(1, -1))
    table[TOGETHER], table[TOGETHER_PERMUTED] = by(ends[0], means[NATURAL]), by(ends[0], other[NATURAL])
    return torch.stack([table[condition] for condition in CONDITIONS])


def _without(
    features: Float[Tensor, "unit image feature"], hidden: Int[Tensor, " unit"] | None
) -> Float[Tensor, "unit image feature"]:
    """The same features with 0 for the unit itself."""
    if hidden is None:
        return features
    index = hidden[:, None, None].expand(-1, features.shape[1], 1)
    return features.scatter(2, index, 0.0)
