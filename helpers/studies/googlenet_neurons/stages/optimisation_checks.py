"""Stage: what optimised images hang on: steps, starts, regularisation, canvas, padding, rounding, training.

The same few units of every block climb to their maximum under other settings, each artefact an
:class:`helpers.studies.googlenet_neurons.optimising.Optimised` whose units count through all branches that the page
looks at:

| key | what is other |
| --- | --- |
| ``starts`` | nothing, but several starts; the first is that of the stage of optimised images |
| ``long`` | as many steps as the study takes, images on the way kept |
| ``none``, ``fourier``, ``transforms`` | neither of waves and transforms, or one of them alone |
| ``pad_0``, ``pad_12`` | the padding |
| ``canvas_128``, ``canvas_224`` | pixels a side |
| ``begun`` | the starts themselves (one step of no length), of all units of the stage of optimised images |
| ``centre`` | the middle of the map is climbed on instead of its mean |
| ``float32``, ``batch_1`` | how the network rounds; images climb one by one |
| ``random_0``, ... | random weights with the mean and variance of the trained ones |
| ``early``, ``early_random_0``, ... | units of the three convolutions before the blocks (Inception V1) |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from helpers.ascent.unit_jobs import CENTRE, Setting
from helpers.ascent.views import Views
from helpers.models.googlenet import GoogLeNet
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.optimising import ImagesOfUnits, recipe, runs_in_half, sample
from helpers.studies.googlenet_neurons.stages.optimised_images import SIZES, spread
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
_SMALLEST = 48  # pixels, of which crops without padding leave enough for a network
_NOTHING = 1e-9
EARLY = ("conv2d0_pre_relu", "conv2d1_pre_relu", "conv2d2_pre_relu")


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is checked: units in all, of which a block has an equal part; and of a random network per block.

    looks: numbers of steps after which images of the long ascent are kept, the last being its end.
    """

    units: int
    of_random: int
    draws: int
    starts: int
    looks: tuple[int, ...]
    canvases: tuple[int, ...]


EXTENTS = {
    "smoke": Extent(units=2, of_random=1, draws=1, starts=2, looks=(1, 4, 8), canvases=(56,)),
    "laptop": Extent(units=30, of_random=4, draws=2, starts=5, looks=(1, 8, 64, 256, 1024, 2048), canvases=(128, 224)),
    "paper": Extent(units=54, of_random=10, draws=5, starts=5, looks=(1, 64, 1024, 2048, 4096), canvases=(224,)),
}


def recipes(values: Mapping[str, Any]) -> dict[str, ImagesOfUnits]:
    """The recipes for a page's ``model``, ``layer``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values), values["scale"], values["seed"]
    size, extent = SIZES[scale], EXTENTS[scale]
    half = scale != "smoke" and runs_in_half(torch.device(values["device"]))
    pixels = max(_SMALLEST, min(size.pixels, seen.loaded.preprocessing.size))
    plain = Setting(size=pixels, steps=size.steps, half=half, restarts=size.restarts)
    few = chosen(seen, scale, seed)
    model, weights = str(values["model"]), seen.loaded.weights.sha256

    def one(key: str, setting: Setting = plain, units: dict[str, tuple[int, ...]] = few, **other: Any) -> ImagesOfUnits:
        about = {"model": model, "weights": weights, "setting": setting, "seed": seed, "directions": (1,)}
        return recipe(key, units, firsts(seen), **about, **other)

    settings = {
        "long": replace(plain, steps=extent.looks[-1], looks=extent.looks[:-1]),
        "none": replace(plain, fourier=False, views=None),
        "fourier": replace(plain, views=None),
        "transforms": replace(plain, fourier=False),
        "pad_0": replace(plain, views=Views(pad=0)),
        "pad_12": replace(plain, views=Views(pad=12)),
        "centre": replace(plain, where=CENTRE),
        "float32": replace(plain, half=False),
        **{f"canvas_{canvas}": replace(plain, size=canvas) for canvas in extent.canvases},
    }
    made = {"starts": one("starts", starts=extent.starts), "batch_1": one("batch_1", batch=1)}
    made |= {key: one(key, setting) for key, setting in settings.items()}
    made["begun"] = one("begun", replace(plain, steps=1, rate=_NOTHING, restarts=0), units=sampled(seen, scale, seed))
    more = random_units(seen, scale, seed)
    early = early_units(seen, extent.of_random * 2, seed)
    if early:
        made["early"] = one("early", units=early)
    for draw in range(extent.draws):
        made[f"random_{draw}"] = one(f"random_{draw}", units=more, draw=draw)
        if early:
            made[f"early_random_{draw}"] = one(f"early_random_{draw}", units=early, draw=draw)
    return made


def chosen(seen: Subject, scale: str, seed: int) -> dict[str, tuple[int, ...]]:
    """The units that are checked, by convolution: of the sample, from kernels of 3×3 and more if there.

    Those of a block are of one branch, the next branch in the next block: units of one layer climb side by side.
    """
    size, extent = SIZES[scale], EXTENTS[scale]
    blocks = spread(list(seen.blocks), size.blocks)
    found: dict[str, tuple[int, ...]] = {}
    for number, block in enumerate(blocks):
        units = sample(block, min(size.units, block.units), least=size.least, seed=seed)
        wide = [branch for branch in block.branches if min(branch.size) >= 3] or list(block.branches)
        branch = wide[number % len(wide)]
        own = units[branch.convolution]
        order = torch.randperm(len(own), generator=generator(seed, f"checked of {branch.layer}"))
        if wanted := len(range(number, extent.units, len(blocks))):
            found[branch.convolution] = tuple(own[each] for each in order[:wanted].sort().values.tolist())
    return found


def sampled(seen: Subject, scale: str, seed: int) -> dict[str, tuple[int, ...]]:
    """All units of the stage of optimised images, by convolution."""
    size, found = SIZES[scale], dict[str, tuple[int, ...]]()
    for block in spread(list(seen.blocks), size.blocks):
        found |= sample(block, min(size.units, block.units), least=size.least, seed=seed)
    return found


def random_units(seen: Subject, scale: str, seed: int) -> dict[str, tuple[int, ...]]:
    """Units of the random networks, by convolution: of every block as many, from kernels of 3×3 and more."""
    size, extent = SIZES[scale], EXTENTS[scale]
    found: dict[str, tuple[int, ...]] = {}
    for block in spread(list(seen.blocks), size.blocks):
        wide = [branch for branch in block.branches if min(branch.size) >= 3] or list(block.branches)
        for place, branch in enumerate(wide):
            count = min(branch.units, len(range(place, extent.of_random, len(wide))))
            random = generator(seed, f"random of {branch.layer}")
            if count:
                picked = torch.randperm(branch.units, generator=random)[:count].sort().values
                found[branch.convolution] = tuple(picked.tolist())
    return found


def early_units(seen: Subject, count: int, seed: int) -> dict[str, tuple[int, ...]]:
    """Units of each of the three convolutions before the blocks of Inception V1; none of another network."""
    if not isinstance(seen.loaded.network, GoogLeNet):
        return {}
    found = {}
    for name in EARLY:
        units = int(seen.loaded.network.get_submodule(name).out_channels)  # type: ignore[arg-type]  # torch's stubs
        picked = torch.randperm(units, generator=generator(seed, f"early of {name}"))[:count].sort().values
        found[name] = tuple(picked.tolist())
    return found


def firsts(seen: Subject) -> dict[str, int]:
    """Where the units of each branch begin among those of all branches, by convolution, and those of ``EARLY``."""
    early = dict(zip(EARLY, range(0, 10**6, 10**3), strict=False))
    return {branch.convolution: seen.places(branch).start for branch in seen.branches} | early
