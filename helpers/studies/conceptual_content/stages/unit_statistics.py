"""Stage: the strongest images of all units and statistics of their responses, in one pass over each set of images.

Artefacts by key, each a :class:`helpers.hooks.reducers.pass_tensors.PassTensors`:

| key | network | images |
| --- | --- | --- |
| ``tiny``, ``imagenette`` (``patterns``, ``own``; ``val1300``, ``sample1000`` at paper scale) | as trained | that set |
| ``middle`` (of images larger than that) | as trained | the middle 32 pixels of the first set's images, 64 a side |
| ``matched`` | as trained | those that the networks with random weights see |
| ``matched_mean`` | as trained, a response being the mean over positions | the same |
| ``random_0``, ``random_1``, ... | random weights with the mean and variance of the trained ones | the same |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.data.image_set import ImageSet
from helpers.hooks.reducers.responses import MEAN
from helpers.hooks.reducers.unit_pass import UnitPass
from helpers.models.pretrained import load
from helpers.studies.conceptual_content.passes import controls_of, image_sets, layers_of, middle_of

HAS_NETWORKS = False


def recipes(values: Mapping[str, Any]) -> dict[str, UnitPass]:
    """The passes for a page's ``model``, ``layers``, ``images``, ``scale`` and ``seed``; ``draws`` random networks."""
    loaded, scale, seed = load(values["model"]), values["scale"], values["seed"]
    sets = image_sets(values["images"], scale, loaded)
    first = next(iter(sets.values()))
    layers = layers_of(loaded, first.size, values["layers"])
    matched, middle = controls_of(first, scale), middle_of(first, scale, loaded, layers)
    draws = {"smoke": 2, "laptop": values["draws"], "paper": values["draws"]}[scale]

    opened = {images: images.open(seed) for images in {*sets.values(), matched, *filter(None, [middle])}}
    identities = {images: bytes(each.identity().tolist()).hex() for images, each in opened.items()}

    def one(key: str, images: ImageSet, **other: Any) -> UnitPass:
        half = (len(opened[images]) + 1) // 2  # lists of all images say little, and some may not be readable
        top = min(10 if scale == "smoke" else 500, half)
        return UnitPass(
            key=key,
            model=str(values["model"]),
            weights=loaded.weights.sha256,
            images=images,
            identity=identities[images],
            seed=seed,
            top=top,
            layers=tuple(layers),
            **other,
        )

    found = {name: one(name, images) for name, images in sets.items()}
    if middle is not None:
        found["middle"] = one("middle", middle)
    found["matched"] = one("matched", matched)
    found["matched_mean"] = one("matched_mean", matched, over=MEAN)
    return found | {f"random_{draw}": one(f"random_{draw}", matched, draw=draw) for draw in range(draws)}
