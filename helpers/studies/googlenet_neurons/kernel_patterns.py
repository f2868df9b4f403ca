"""The patterns that excite and inhibit units with kernels of 3×3 or more, as small as their kernels (section 4.1.3).

In one run over images it is noted where each unit responds most and least, before the ReLU, and the mean over channels
of the maps that its kernels read. From that follow, for the nine strongest and nine weakest images of each unit: the
mean input map under the kernel, and the mean luminance, contrast and directions of the window that the kernel spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float16, Int, UInt8
from torch import Tensor, nn
from torch.nn.functional import pad, unfold

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer, layers
from helpers.hooks.recording import record
from helpers.metrics.images import luminance
from helpers.studies.googlenet_neurons.kernel_windows import Windows, span_of, windows
from helpers.studies.googlenet_neurons.layer_inputs import layer_inputs
from helpers.studies.googlenet_neurons.subject import Branch, Subject

STRONGEST, WEAKEST = 0, 1  # places along the axis of ends
_NINE = 9
_BATCH = 20


@dataclass
class Patterns:
    """The patterns of units; end 0: the strongest images, 1: the weakest.

    unit: numbers of the units among those of all branches with kernels, in their order.
    image, position, value: of each image: its number, row and column of the response, and the response.
    input: mean input map under the kernel, NaN around smaller kernels. light, contrast: of the window, as 24 × 24
    points.
    harmonics: of the gradient's direction, each image counting alike; NaN where the window is not known.
    """

    unit: Int[Tensor, " unit"]
    image: Int[Tensor, "unit end rank"]
    position: Int[Tensor, "unit end rank 2"]
    value: Float[Tensor, "unit end rank"]
    input: Float[Tensor, "unit end row column"]
    light: Float16[Tensor, "unit end y x"]
    contrast: Float16[Tensor, "unit end y x"]
    harmonics: Float[Tensor, "unit end 5"]


@dataclass
class Seen:
    """What a run noted of one branch: mean input maps, and value and place of the largest and the smallest response."""

    maps: Float[Tensor, "image row column"]
    value: Float[Tensor, "image unit end"]
    place: Int[Tensor, "image unit end"]
    columns: int  # of the response's map


def look(
    seen: Subject,
    branches: list[Branch],
    batches: Iterable[Float[Tensor, "image 3 row column"]],
    device: torch.device,
    *,
    inside: bool = False,
) -> tuple[dict[str, Seen], UInt8[Tensor, "image row column"]]:
    """Run over images, from 0 to 1: what each branch did, by its convolution, and the images' luminance.

    inside: only places count at which the kernel reads no padding, where there are any.
    """
    network, names = seen.loaded.network, [branch.convolution for branch in branches]
    found: dict[str, list[Seen]] = {name: [] for name in names}
    light = []

    def ends(name: str, output: Tensor) -> tuple[Tensor, Tensor, int]:
        flat = output.flatten(2)  # (image, unit, position)
        outside = _reads_padding(network.get_submodule(name), output.shape[2:]) if inside else None
        if outside is None or bool(outside.all()):
            both = flat.max(dim=2), flat.min(dim=2)
        else:
            out = outside.flatten().to(flat.device)
            both = flat.masked_fill(out, -torch.inf).max(dim=2), flat.masked_fill(out, torch.inf).min(dim=2)
        value, place = (torch.stack([getattr(each, what) for each in both], dim=2) for what in ("values", "indices"))
        return value.float().cpu(), place.cpu(), output.shape[3]

    def mean_map(name: str, x: Tensor) -> Tensor:
        return x.mean(dim=1).float().cpu()

    for x in batches:
        light.append((luminance(x) * 255).round().to(torch.uint8))
        with (
            torch.no_grad(),
            layer_inputs(network, names, keep=mean_map) as maps,
            record(network, names, stop=True, keep=ends) as responses,
        ):
            network(seen.loaded.preprocessing(x.to(device)))
        for name in names:
            value, place, columns = responses[name]
            found[name].append(Seen(maps[name], value, place, columns))
    noted = {}
    for name, own in found.items():
        read, value, place = (torch.cat([getattr(each, what) for each in own]) for what in ("maps", "value", "place"))
        noted[name] = Seen(read, value, place, own[0].columns)
    return noted, torch.cat(light)


def of_images(images: Images) -> Iterator[Float[Tensor, "image 3 row column"]]:
    """All images in order, some at a time."""
    for batch in images.batches(_BATCH):
        yield batch.x


def patterns(seen: Subject, images: Images, device: torch.device, *, inside: bool = False) -> Patterns:
    """The patterns of all units with kernels of 3×3 or more in their nine strongest and weakest images.

    inside: only places count at which the kernel reads no padding.
    """
    branches = seen.kernel_sets()
    noted, light = look(seen, branches, of_images(images), device, inside=inside)
    known = {layer.name: layer for layer in layers(seen.loaded.network, images.size)}
    side = max(max(branch.size) for branch in branches)
    parts = []
    for branch in branches:
        own = noted[branch.convolution]
        count = max(1, min(_NINE, len(own.value) // 3))  # of few images, not those in the middle
        strongest = own.value[:, :, 0].topk(count, dim=0).indices.T
        weakest = own.value[:, :, 1].topk(count, dim=0, largest=False).indices.T
        image = torch.stack([strongest, weakest], dim=1)  # (unit, end, rank)
        units = torch.arange(branch.units)
        parts.append(of_branch(seen, branch, known[branch.convolution], own, light, units, image, side=side))
    return joined(parts, branches)


def of_branch(
    seen: Subject,
    branch: Branch,
    layer: Layer,
    own: Seen,
    light: UInt8[Tensor, "image row column"],
    units: Int[Tensor, " unit"],
    image: Int[Tensor, "unit end rank"],
    *,
    side: int,
) -> Patterns:
    """The patterns of some units of a branch in given images; ``side`` is that of the largest kernels of all."""
    module = seen.loaded.network.get_submodule(branch.convolution)
    assert isinstance(module, nn.Conv2d)
    unit, end = units[:, None, None], torch.arange(image.shape[1])[None, :, None]
    place = own.place[image, unit, end]
    position = torch.stack([place // own.columns, place % own.columns], dim=3)
    under = _under_kernels(own.maps, module)[image.flatten(), :, place.flatten()]  # (window, point)
    rows, columns = branch.size
    mean = under.reshape(*image.shape, rows, columns).mean(dim=2)
    shape = image.shape
    span = span_of(layer, rows=rows, stride=module.stride[0])
    if span is None:
        empty = torch.full((*shape[:2], 24, 24), torch.nan)
        light_in, contrast_in, changes = empty, empty, torch.full((*shape[:2], 5), torch.nan)
    else:
        inside: Windows = windows(light, image.flatten(), position.flatten(0, 2), span)
        light_in, contrast_in, changes = (
            each.reshape(*shape, *each.shape[1:]).mean(dim=2)
            for each in (inside.light, inside.contrast, inside.harmonics)
        )
    return Patterns(
        unit=units,
        image=image,
        position=position,
        value=own.value[image, unit, end],
        input=in_middle(mean, side),
        light=light_in.half(),
        contrast=contrast_in.half(),
        harmonics=changes,
    )


def joined(parts: list[Patterns], branches: list[Branch]) -> Patterns:
    """The patterns of several branches, whose units are then numbered one branch after the other."""
    first, found = 0, []
    for part, branch in zip(parts, branches, strict=True):
        found.append({**vars(part), "unit": part.unit + first})
        first += branch.units
    return Patterns(**{name: torch.cat([each[name] for each in found]) for name in found[0]})


def in_middle(pictures: Float[Tensor, "*rest row column"], side: int) -> Float[Tensor, "*rest side side"]:
    """Pictures with NaN around them, so that all have one size."""
    rows, columns = side - pictures.shape[-2], side - pictures.shape[-1]
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return pad(pictures, around, value=torch.nan)


def without_ring(
    pictures: Float[Tensor, "*rest side side"], size: tuple[int, int]
) -> Float[Tensor, "*rest row column"]:
    """The pictures in the middle again."""
    rows, columns = (pictures.shape[axis] - length for axis, length in zip((-2, -1), size, strict=True))
    return pictures[..., rows // 2 : rows // 2 + size[0], columns // 2 : columns // 2 + size[1]]


def places_of(branches: list[Branch]) -> Mapping[str, slice]:
    """Where the units of each branch lie among those of all these branches, by its title."""
    found, first = {}, 0
    for branch in branches:
        found[branch.title] = slice(first, first + branch.units)
        first += branch.units
    return found


def _reads_padding(module: nn.Module, size: Sequence[int]) -> Bool[Tensor, "row column"]:
    """At which places of its output a convolution reads padding, or may where its stride is more than 1."""
    assert isinstance(module, nn.Conv2d)
    outside = torch.zeros(*size, dtype=torch.bool)
    for axis, (padding, stride) in enumerate(zip(_padding(module), module.stride, strict=True)):
        margin = -(-padding // stride)
        for ring in range(min(margin, size[axis])):
            outside.select(axis, ring).fill_(True)
            outside.select(axis, size[axis] - 1 - ring).fill_(True)
    return outside


def _padding(module: nn.Conv2d) -> tuple[int, int]:
    """Rows and columns of padding on each side."""
    if isinstance(module.padding, str):  # "same" or "valid"
        same = module.padding == "same"
        sides = zip(module.dilation, module.kernel_size, strict=True)
        rows, columns = (step * (side - 1) // 2 * same for step, side in sides)
    else:
        rows, columns = (int(each) for each in module.padding)
    return rows, columns


def _under_kernels(maps: Float[Tensor, "image row column"], module: nn.Conv2d) -> Float[Tensor, "image point place"]:
    """What lies under the kernel at each of its places, zeros where the map is padded."""
    sizes = {"dilation": module.dilation, "stride": module.stride}
    return unfold(maps[:, None], module.kernel_size, padding=_padding(module), **sizes)
