"""The answers of a network without groups of its units, image by image: the recipe of a stage."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.data.images import Images
from helpers.errors import BadInput
from helpers.hooks.recording import record
from helpers.models.googlenet import GoogLeNet
from helpers.studies.googlenet_neurons.ablation.groups import Group
from helpers.studies.googlenet_neurons.ablation.tails import Fixed, answers, tail
from helpers.studies.googlenet_neurons.subject import Subject

ZERO, MEAN = HOW = ("zero", "mean")
_BATCH = 20  # images


class NoAnswers(BadInput):
    """A network that gives no classes: it has no answers that could get worse."""


@dataclass
class Ablated:
    """kind, member, branch, draw: of the group, as :class:`helpers.studies.googlenet_neurons.ablation.groups.Group` has
    them. how: its units are set to 0 (0) or to their mean (1). size: how many units.

    right: whether the answer is the image's class, with the group set; of images whose class is not known, whether it
    is the answer of the whole network. sure: the natural logarithm of the probability of that class. Not a number for
    images that a group was not tried on. whole, whole_sure: the same of the whole network.
    same: whether the answer is that of the whole network. known: whether the image's class is known.
    units: whether a unit, by its number among all, is in the group.
    """

    kind: Int[Tensor, " condition"]
    member: Int[Tensor, " condition"]
    branch: Int[Tensor, " condition"]
    draw: Int[Tensor, " condition"]
    how: Int[Tensor, " condition"]
    size: Int[Tensor, " condition"]
    units: Bool[Tensor, "condition unit"]
    right: Float[Tensor, "condition image"]
    sure: Float[Tensor, "condition image"]
    same: Float[Tensor, "condition image"]
    known: Bool[Tensor, " image"]
    whole: Bool[Tensor, " image"]
    whole_sure: Float[Tensor, " image"]


class Condition(NamedTuple):
    """A group, and what its units are set to; few: it is tried on the first images alone."""

    group: Group
    how: str
    few: bool = False


@dataclass(frozen=True, kw_only=True)
class Ablations:
    """Every condition on every image.

    few: how many images a condition is tried on that is tried on few.
    labels: the number of the class of each image among the network's outputs; -1 where it is not known.
    """

    history: ClassVar[type] = Ablated
    key: str
    few: int
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    images: Images = field(repr=False, compare=False)
    labels: Int[Tensor, " image"] = field(repr=False, compare=False)
    conditions: Sequence[Condition] = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "few": self.few, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Ablated]:
        """Batch by batch: the network as it is, then each condition from the first layer that it changes.

        Raises NoAnswers for a network that gives no classes.
        """
        network = prepared(self.seen, device)
        layers = layers_of(self.seen)
        behind = {layer: tail(network, layer) for layer in layers}
        changes = self._changes(network, layers, device)
        shape = (len(self.conditions), len(self.images))
        tables = {name: torch.full(shape, torch.nan) for name in ("right", "sure", "same")}
        whole, whole_sure = torch.zeros(shape[1], dtype=torch.bool), torch.zeros(shape[1])
        read: list[int] = []  # places of the images that could be read
        for batch in self.images.batches(_BATCH, progress=False):
            x, places = given(self.seen, batch.x.to(device)), torch.tensor(batch.places)
            with torch.no_grad(), record(network, layers) as outputs:
                own = network(x)
            require_classes(self.seen, own)
            answer = own.argmax(dim=1)
            label = self.labels[places].to(device)
            label = torch.where(label >= 0, label, answer)
            whole[places], whole_sure[places] = (answer == label).cpu(), _sure(own, label)
            for number, change in enumerate(tqdm(changes, desc="groups of units", leave=False, disable=None)):
                if self.conditions[number].few and int(places[0]) >= self.few:
                    continue
                first = next(layer for layer in layers if layer in change)
                found = answers(network, behind[first], first, outputs[first], x, change)
                tables["right"][number, places] = (found.argmax(dim=1) == label).float().cpu()
                tables["same"][number, places] = (found.argmax(dim=1) == answer).float().cpu()
                tables["sure"][number, places] = _sure(found, label)
            read += batch.places
        seen = {name: table[:, read] for name, table in tables.items()}
        kept = {"known": self.labels[read] >= 0, "whole": whole[read], "whole_sure": whole_sure[read]}
        return nn.Module(), Ablated(**self._about(), **seen, **kept)

    def _changes(self, network: nn.Module, layers: Sequence[str], device: torch.device) -> list[dict[str, Fixed]]:
        """What each condition sets, by layer."""
        mean = self._means(network, layers, device) if any(each.how == MEAN for each in self.conditions) else {}
        found = []
        for group, how, _ in self.conditions:
            numbers = in_layers(self.seen, group.units)
            found.append(
                {
                    layer: Fixed(units, mean[layer][units] if how == MEAN else torch.zeros(len(units)))
                    for layer, units in numbers.items()
                }
            )
        return found

    def _means(
        self, network: nn.Module, layers: Sequence[str], device: torch.device
    ) -> dict[str, Float[Tensor, " unit"]]:
        """The mean activation of the units of each layer, over the positions and the images of one batch."""
        x = next(self.images.batches(_BATCH, progress=False)).x.to(device)
        with torch.no_grad(), record(network, layers) as outputs:
            network(given(self.seen, x))
        return {layer: outputs[layer].mean(dim=(0, 2, 3)).cpu() for layer in layers}

    def _about(self) -> dict[str, Tensor]:
        groups = [each.group for each in self.conditions]
        about = {name: [getattr(each, name) for each in groups] for name in ("kind", "member", "branch", "draw")}
        about |= {
            "how": [HOW.index(each.how) for each in self.conditions],
            "size": [len(each.units) for each in groups],
        }
        units = torch.zeros(len(groups), self.seen.units, dtype=torch.bool)
        for row, each in zip(units, groups, strict=True):
            row[each.units] = True
        return {name: torch.tensor(values, dtype=torch.long) for name, values in about.items()} | {"units": units}


def in_layers(seen: Subject, units: Int[Tensor, " some"]) -> dict[str, Int[Tensor, " _"]]:
    """Units, by their numbers among all units, as numbers in the layers of :func:`layers_of`, in their order."""
    found: dict[str, list[Tensor]] = {}
    for branch in seen.branches:
        place = seen.places(branch)
        own = units[(units >= place.start) & (units < place.stop)]
        if len(own):
            found.setdefault(_layer(seen, branch.block, branch.layer), []).append(own - place.start + branch.first)
    return {layer: torch.cat(parts) for layer, parts in found.items()}


def prepared(seen: Subject, device: torch.device) -> nn.Module:
    """A copy of the network with channels last in memory, in which convolutions take two thirds of the time."""
    return copy.deepcopy(seen.loaded.network).to(device).to(memory_format=torch.channels_last)


def given(seen: Subject, images: Float[Tensor, "image 3 row column"]) -> Float[Tensor, "image 3 row column"]:
    """Images from 0 to 1 as a network of :func:`prepared` takes them."""
    return seen.loaded.preprocessing(images).to(memory_format=torch.channels_last)


def require_classes(seen: Subject, output: Tensor) -> None:
    """Raises NoAnswers unless the output is (image, class)."""
    if output.dim() != 2:
        raise NoAnswers(f"{seen.loaded.name} gives no classes, so no answer can get worse without units.")


def layers_of(seen: Subject) -> list[str]:
    """The layers whose output is changed: blocks of Inception V1, else the convolutions."""
    return list(dict.fromkeys(_layer(seen, branch.block, branch.layer) for branch in seen.branches))


def _layer(seen: Subject, block: str, layer: str) -> str:
    return block if isinstance(seen.loaded.network, GoogLeNet) else layer


def _sure(output: Float[Tensor, "image class"], label: Int[Tensor, " image"]) -> Float[Tensor, " image"]:
    return output.log_softmax(dim=1).gather(1, label[:, None])[:, 0].cpu()


def labels_of(images: Images, outputs: Sequence[str], synsets: Sequence[str]) -> Int[Tensor, " image"]:
    """The number of each image's class among a network's outputs; -1 where its name is none of them.

    outputs: the names of the network's outputs. synsets: WordNet's numbers of ImageNet's classes in the order of the
    outputs, where they are known; ImageNet's folders are called so.
    """
    numbers: Mapping[str, int] = {name: number for names in (outputs, synsets) for number, name in enumerate(names)}
    of_class = torch.tensor([numbers.get(name, -1) for name in images.class_names])
    return of_class[images.labels]
