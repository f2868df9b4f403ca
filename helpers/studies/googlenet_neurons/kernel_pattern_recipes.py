"""How the patterns of kernels are made: in natural images, in those of a random network, in optimised images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import nn

from helpers.data.image_set import ImageSet
from helpers.hooks.layer_table import layers
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.kernel_patterns import Patterns, look, of_branch, patterns
from helpers.studies.googlenet_neurons.optimised import in_branch, of_stage
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.subject import Subject, subject

_PART = {
    "smoke": 12,
    "laptop": 300,
    "paper": 1300,
}  # images that the random network sees, and the trained one beside it


@dataclass(frozen=True, kw_only=True)
class NaturalPatterns:
    """Patterns in natural images.

    draw: the seed of random weights; without one, the network is as trained.
    inside: only places count at which the kernel reads no padding.
    """

    history: ClassVar[type] = Patterns
    key: str
    described: dict[str, Any]
    images: ImageSet
    seed: int
    draw: int | None = None
    inside: bool = False
    seen: Subject = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        own = {"images": self.images._asdict(), "seed": self.seed, "draw": self.draw}
        own["inside"] = self.inside
        return {"kind": type(self).__name__, "key": self.key, **self.described, **own}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Patterns]:
        """One run over the images."""
        seen = self.seen if self.draw is None else self.seen.with_random_weights(self.draw)
        return nn.Module(), patterns(seen, self.images.open(self.seed), device, inside=self.inside)


@dataclass(frozen=True, kw_only=True)
class OptimisedPatterns:
    """Patterns in optimised images: of each unit the maximum as its strongest image, the minimum as its weakest."""

    history: ClassVar[type] = Patterns
    key: str
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    made: Mapping[str, Optimised] = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        units = {
            name: [int(found.image.shape[-1]), float(found.score.double().sum()), found.unit.tolist()]
            for name, found in self.made.items()
        }
        return {"kind": type(self).__name__, **self.described, "optimised": units}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Patterns]:
        """One run over the optimised images of each branch, the first start of each."""
        branches = self.seen.kernel_sets()
        side = max(max(branch.size) for branch in branches)
        parts = []
        for branch in branches:
            found = self.made.get(branch.block)
            which = torch.zeros(0, dtype=torch.bool) if found is None else in_branch(found, branch)
            if found is None or not which.any():
                continue
            images = found.image[which][:, :, 0].flatten(0, 1).float() / 255  # (unit and end, 3, row, column)
            units = found.unit[which].long() - branch.first
            noted, light = look(self.seen, [branch], images.split(32), device)
            image = torch.arange(len(images)).reshape(len(units), 2, 1)
            layer = {each.name: each for each in layers(self.seen.loaded.network, images.shape[-1])}[branch.convolution]
            own = of_branch(self.seen, branch, layer, noted[branch.convolution], light, units, image, side=side)
            parts.append((own, branch))
        return nn.Module(), _numbered(parts, self.seen, side)


def _numbered(parts: list[Any], seen: Subject, side: int) -> Patterns:
    """All parts together, their units numbered among those of all branches with kernels."""
    first, found = 0, []
    by_title = {branch.title: own for own, branch in parts}
    for branch in seen.kernel_sets():
        if branch.title in by_title:
            found.append({**vars(by_title[branch.title]), "unit": by_title[branch.title].unit + first})
        first += branch.units
    return Patterns(**{name: torch.cat([each[name] for each in found]) for name in found[0]})


def recipes_of_patterns(values: Mapping[str, Any]) -> dict[str, NaturalPatterns]:
    """All images: "natural". Some of them: "matched" and "random", in the trained and in a random network; "inside", in
    the trained one where kernels read no padding.
    """
    seen, seed = subject(values, torch.device(values["device"])), values["seed"]
    whole = natural_images(dict(values), seen.loaded)
    part = whole._replace(most=_PART[values["scale"]])
    described = _described(seen) | {"identity": bytes(whole.open(seed).identity().tolist()).hex()}

    def one(key: str, images: ImageSet, **other: Any) -> NaturalPatterns:
        return NaturalPatterns(key=key, described=described, images=images, seed=seed, seen=seen, **other)

    return {
        "natural": one("natural", whole),
        "matched": one("matched", part),
        "random": one("random", part, draw=0),
        "inside": one("inside", part, inside=True),
    }


def recipes_of_optimised(values: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, OptimisedPatterns]:
    """One recipe, "optimised"; none where no unit with such kernels has optimised images."""
    seen = subject(values, torch.device(values["device"]))
    found = of_stage(made)
    some = [
        branch.title
        for branch in seen.kernel_sets()
        if branch.block in found and in_branch(found[branch.block], branch).any()
    ]
    if not some:
        return {}
    return {"optimised": OptimisedPatterns(key="optimised", described=_described(seen), seen=seen, made=found)}


def _described(seen: Subject) -> dict[str, Any]:
    return {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "layers": [branch.convolution for branch in seen.kernel_sets()],
    }
