"""The numbers behind what the study says of optimised images, from the two stages that make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.hooks.reducers.unit_statistics import UnitStatistics
from helpers.studies.googlenet_neurons.image_likeness import place
from helpers.studies.googlenet_neurons.image_spectra import high_frequency_share, spectral_distance
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM, images, in_branch
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject

Measure = Callable[[Tensor], Tensor]  # from images to a number of each
Named = dict[str, list[float]]
VARIANTS = {"both": "starts", "waves alone": "fourier", "transforms alone": "transforms", "neither": "none"}
ALONE = ("shifts", "scales", "turns")
_GROUPS = 4


class ByDepth(NamedTuple):
    """A measure of images: by layer, which are numbered from 1, and of early convolutions against blocks."""

    layers: Named
    random: Named
    early: Named
    early_random: Named


def regularised(checks: Mapping[str, Optimised], photographs: Float[Tensor, "photograph 3 _ _"]) -> dict[str, Named]:
    """For each measure, by variant of regularisation, one value a unit.

    "fine": share of power at high frequencies; "distance": of the radial spectrum from that of photographs;
    "response": the mean response to the image itself.
    """
    return _measured({variant: checks[key] for variant, key in VARIANTS.items()}, photographs)


def one_by_one(
    checks: Mapping[str, Optimised], alone: Mapping[str, Optimised], photographs: Float[Tensor, "photograph 3 _ _"]
) -> dict[str, Named]:
    """The measures of :func:`regularised` of images with waves and all transforms, each alone, and none.

    alone: the images with one transform each, by its name.
    """
    return _measured({"all": checks["starts"], **alone, "none": checks["fourier"]}, photographs)


def with_and_without(values: Named, with_it: str = "both", without: str = "neither") -> Named:
    """Of values by variant those of two: by default with both regularisations, and with neither."""
    return {"with": values[with_it], "without": values[without]}


def resampled_or_shifted(values: Named) -> Named:
    """A unit's mean over scales alone and turns alone, and its value with shifts alone."""
    return {"scales and turns": _mean_of(_some(values, "scales", "turns")), "shifts": values["shifts"]}


def all_or_best(values: Named) -> Named:
    """A unit's value with all transforms, and with the one whose mean over the units is lowest."""
    best = min(ALONE, key=lambda name: sum(values[name]))
    return {"all": values["all"], "best alone": values[best]}


def one_or_none(values: Named) -> Named:
    """A unit's mean over the single transforms, and its value with waves alone."""
    return {"one transform": _mean_of(_some(values, *ALONE)), "none": values["none"]}


def by_depth(
    seen: Subject, found: Mapping[str, Optimised], checks: Mapping[str, Optimised], measure: Measure
) -> ByDepth:
    """Means of a measure of the images for the maximum, of groups of units with kernels of 3×3 and more.

    A random network gives as many groups as the trained one; those of all draws stand one after the other.
    """
    trained = {}
    for name, each in found.items():
        wide = [branch for branch in seen.block(name).branches if min(branch.size) >= 3] or seen.block(name).branches
        chosen = torch.stack([in_branch(each, branch) for branch in wide]).any(0)
        trained[name] = measure(images(each)[chosen])
    draws = [key for key in checks if key.startswith("random_")]
    random: dict[str, list[Tensor]] = {name: [] for name in found}
    for key in draws:
        values = measure(images(checks[key]))
        blocks = [place(seen, number)[0].block for number in checks[key].unit.tolist()]
        for name in found:
            random[name].append(values[torch.tensor([block == name for block in blocks])])
    count = min(_GROUPS, *(len(each) for each in trained.values()), *(len(e) for each in random.values() for e in each))
    layers = {str(k): _groups(each, count) for k, each in enumerate(trained.values(), 1)}
    beside = {str(k): [v for e in each for v in _groups(e, count)] for k, each in enumerate(random.values(), 1)}
    if "early" not in checks:
        return ByDepth(layers, beside, {}, {})
    early = {"early": _groups(measure(images(checks["early"])), count), "blocks": _mean_of(layers)}
    drawn = [v for k in range(len(draws)) for v in _groups(measure(images(checks[f"early_random_{k}"])), count)]
    return ByDepth(layers, beside, early, {"early": drawn, "blocks": _mean_of(beside)})


def below_zero(found: Mapping[str, Optimised]) -> list[float]:
    """Share of each layer's units whose mean response to the image for the minimum is below 0."""
    return [float((each.score[:, MINIMUM, 0] < 0).float().mean()) for each in found.values()]


def silent_at_the_start(seen: Subject, begun: Optimised) -> list[float]:
    """Share of each layer's units that no position of the start excites, so that a ReLU leaves no gradient."""
    silent: dict[str, list[float]] = {}
    for number, peak in zip(begun.unit.tolist(), begun.peak[:, 0, 0].tolist(), strict=True):
        silent.setdefault(place(seen, number)[0].block, []).append(float(peak <= 0))
    return [sum(each) / len(each) for each in silent.values()]


def begun_anew(found: Mapping[str, Optimised]) -> list[float]:
    """Share of each layer's starts that had to begin anew."""
    return [float((each.restarts > 0).float().mean()) for each in found.values()]


def share_of_the_end(long: Optimised, looks: tuple[int, ...], steps: int) -> list[float]:
    """A unit's mean response after so many steps as a share of that at the end, of each unit."""
    return (long.look_score[:, 0, 0, looks.index(steps)] / long.score[:, 0, 0]).tolist()


def climbs(seen: Subject, long: Optimised) -> dict[str, Float[Tensor, "unit look"]]:
    """By block, each unit's mean response after each number of steps that is kept, as a share of that at the end."""
    scores = torch.cat([long.look_score[:, 0, 0], long.score[:, 0]], 1)
    return by_block(seen, long, scores / scores[:, -1:])


def starts_at(seen: Subject, starts: Optimised, long: Optimised) -> dict[str, Float[Tensor, "unit start"]]:
    """By block, each unit's mean response from each start, as a share of that at the end of its long ascent."""
    return by_block(seen, long, starts.score[:, 0] / long.score[:, 0])


def steps_by_depth(shares: Mapping[str, Float[Tensor, "unit look"]], look: int) -> Named:
    """The shares after one number of steps, the ``look``-th, by layer from 1 on: of equally many units of each."""
    count = min(len(each) for each in shares.values())
    return {str(layer): each[:count, look].tolist() for layer, each in enumerate(shares.values(), 1)}


def strongest_natural(seen: Subject, natural: UnitStatistics, name: str) -> Float[Tensor, " unit"]:
    """The largest response of each unit of a block to natural images, behind the ReLU, by its number in the block."""
    block = seen.block(name)
    values = torch.zeros(max(branch.first + branch.units for branch in block.branches))
    for branch in block.branches:
        best = natural.of("strongest", branch.layer).found().value[:, 0]
        values[branch.first : branch.first + branch.units] = best.float()
    return values


def over_natural(
    seen: Subject, found: Mapping[str, Optimised], natural: UnitStatistics
) -> dict[str, Float[Tensor, " unit"]]:
    """By block, each unit's largest response to its optimised image over that to its strongest natural image.

    Both behind the ReLU; infinite where no natural image excites the unit, NaN where neither does.
    """
    ratios = {}
    for name, each in found.items():
        best = strongest_natural(seen, natural, name)[each.unit]
        ratios[name] = each.peak[:, MAXIMUM, 0].clamp(min=0) / best
    return ratios


def by_block(seen: Subject, made: Optimised, values: Float[Tensor, "unit column"]) -> dict[str, Tensor]:
    """The rows of a table of the units, by their block in the order of the network."""
    blocks = [place(seen, number)[0].block for number in made.unit.tolist()]
    return {name: values[torch.tensor([block == name for block in blocks])] for name in dict.fromkeys(blocks)}


def _measured(made: Mapping[str, Optimised], photographs: Float[Tensor, "photograph 3 _ _"]) -> dict[str, Named]:
    """See :func:`regularised`; ``made``: the images by variant."""
    pictures = {variant: images(each) for variant, each in made.items()}
    return {
        "fine": {variant: high_frequency_share(each).tolist() for variant, each in pictures.items()},
        "distance": {variant: spectral_distance(each, photographs).tolist() for variant, each in pictures.items()},
        "response": {variant: each.score[:, 0, 0].tolist() for variant, each in made.items()},
    }


def _some(values: Named, *names: str) -> Named:
    return {name: values[name] for name in names}


def _groups(values: Float[Tensor, " unit"], count: int) -> list[float]:
    """Means of groups that units are dealt to one after the other."""
    group: Int[Tensor, " unit"] = torch.arange(len(values)) % count
    return [float(values[group == each].mean()) for each in range(count)]


def _mean_of(named: Named) -> list[float]:
    """The mean over the names, such as layers, value by value."""
    return torch.tensor(list(named.values())).mean(0).tolist()
