"""The answers to images that are moved, and with another padding, without groups of units: the recipe of a stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from helpers.data.images import Images
from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.ablation.groups import Group
from helpers.studies.googlenet_neurons.ablation.passes import given, in_layers, layers_of, prepared, require_classes
from helpers.studies.googlenet_neurons.ablation.tails import Fixed, answers, tail
from helpers.studies.googlenet_neurons.subject import Subject

AS_IT_IS, SHIFTED, COPIES = VERSIONS = ("as it is", "shifted", "copies")
WHOLE = -2  # in place of a draw: no units are set
_BATCH = 20  # images
_STEP = 32  # pixels: the coarsest stride of Inception V1
_SMALL = 128  # pixels: smaller images are shifted by half of it


@dataclass
class Moved:
    """The answers, as numbers of classes, to each version of each image.

    draw: of the group whose units are set to 0, as :class:`helpers.studies.googlenet_neurons.ablation.groups.Group` has
    it; ``WHOLE`` where none are. label: the image's class; -1 where it is not known.
    """

    draw: Int[Tensor, " condition"]
    answer: Int[Tensor, "condition version image"]
    label: Int[Tensor, " image"]


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Groups, each on every version of every image: as it is, shifted, and with copies in place of zeros.

    labels: the number of the class of each image among the network's outputs; -1 where it is not known.
    """

    history: ClassVar[type] = Moved
    key: str
    described: dict[str, Any]
    seen: Subject = field(repr=False, compare=False)
    images: Images = field(repr=False, compare=False)
    labels: Int[Tensor, " image"] = field(repr=False, compare=False)
    groups: Sequence[Group] = field(repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **self.described}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> nn.Module:
        """Nothing: no weights belong to the result."""
        return nn.Module()

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[nn.Module, Moved]:
        """Batch by batch and version by version: the network as it is, then each group from the first layer it changes.

        Raises NoAnswers for a network that gives no classes.
        """
        network, layers = prepared(self.seen, device), layers_of(self.seen)
        changes = [
            {layer: Fixed(units, torch.zeros(len(units))) for layer, units in in_layers(self.seen, each.units).items()}
            for each in self.groups
        ]
        firsts = [next(layer for layer in layers if layer in change) for change in changes]
        behind = {layer: tail(network, layer) for layer in dict.fromkeys(firsts)}
        found: list[Tensor] = []
        read: list[int] = []
        for batch in tqdm(self.images.batches(_BATCH, progress=False), desc="moved images", leave=False, disable=None):
            table = torch.zeros(1 + len(changes), len(VERSIONS), len(batch.x), dtype=torch.long)
            for v, version in enumerate(VERSIONS):
                images = batch.x.to(device)
                x = given(self.seen, shifted(images) if version == SHIFTED else images)
                padding = self._convolutions() if version == COPIES else []
                with torch.no_grad(), copied(network, padding), record(network, layers) as outputs:
                    own = network(x)
                    require_classes(self.seen, own)
                    table[0, v] = own.argmax(dim=1).cpu()
                    for k, (change, first) in enumerate(zip(changes, firsts, strict=True), 1):
                        other = answers(network, behind[first], first, outputs[first], x, change)
                        table[k, v] = other.argmax(dim=1).cpu()
            found.append(table)
            read += batch.places
        draws = torch.tensor([WHOLE] + [each.draw for each in self.groups])
        return nn.Module(), Moved(draw=draws, answer=torch.cat(found, dim=2), label=self.labels[read])

    def _convolutions(self) -> list[str]:
        return [branch.convolution for branch in self.seen.kernel_sets()]


def step_of(size: int) -> int:
    """By how many pixels images of this side are shifted: 32, the coarsest stride, or half of it for small ones."""
    return _STEP if size >= _SMALL else min(_STEP // 2, size // 4)


def shifted(images: Float[Tensor, "image 3 row column"]) -> Float[Tensor, "image 3 row column"]:
    """The images moved to the right and down by :func:`step_of` pixels; what comes in is mirrored."""
    rows, columns = images.shape[2:]
    step = step_of(min(rows, columns))
    return functional.pad(images, (step, 0, step, 0), mode="reflect")[:, :, :rows, :columns]


@contextmanager
def copied(network: nn.Module, convolutions: Sequence[str]) -> Iterator[None]:
    """Within the block these convolutions pad their maps with copies of the outermost values instead of zeros."""
    known = [network.get_submodule(name) for name in convolutions]
    changed = [each for each in known if isinstance(each, nn.Conv2d) and each.padding_mode == "zeros"]
    for each in changed:
        each.padding_mode = "replicate"
    try:
        yield
    finally:
        for each in changed:
            each.padding_mode = "zeros"
