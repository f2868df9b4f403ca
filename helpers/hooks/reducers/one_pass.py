"""One pass over images that keeps statistics of all units of the chosen layers at once.

Each layer's output is reduced as the layer ends, where the network runs, to one response per image and unit; no map is
kept. The list of images is cut into batches at the multiples of ``batch_size``, also where it is divided into parts
(:func:`parts`), so that every image is seen beside the same others, and parts merge to the same bits as one run.

Another batch size changes responses by as much as the network's own outputs change with it, since matrix products sum
in another order. In float32 that is the sixth decimal place: batches of 1, 7 and 32 images changed the responses of
VGG16 by at most 1.5e-6 of a unit's largest, and no list of strongest images. The reduction adds nothing to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad

from helpers.data.images import Batch, Images
from helpers.data.listing import ImagesError
from helpers.hooks import layer_table
from helpers.hooks.layer_table import Layer
from helpers.hooks.modes import evaluating
from helpers.hooks.names import chosen_layers
from helpers.hooks.recording import record
from helpers.hooks.reducers.about import About, AnotherPass, about
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.responses import (
    MAXIMUM,
    MEAN,
    ActivationError,
    Activations,
    Responses,
    require_finite,
)
from helpers.hooks.reducers.unit_statistics import UnitStatistics, described, made, read, save
from helpers.hooks.unit_axis import units_first
from helpers.models.pretrained import Pretrained

_TOGETHER = 64  # images whose responses reducers take in at once; small beside a batch of maps


def one_pass(
    loaded: Pretrained,
    images: Images,
    layers: Sequence[str],
    statistics: Mapping[str, Reducer],
    *,
    batch_size: int = 16,
    part: range | None = None,
    path: Path | None = None,
    save_every: int = 50,
    over: str = MAXIMUM,
    workers: int = 0,
    progress: bool = True,
) -> UnitStatistics:
    """Statistics of all units of the layers over images, or over a part of them.

    loaded: the network, which runs where it lies; its preprocessing is applied to the images.
    images: all images of the list; those that cannot be read are named in the result and counted nowhere else.
    layers: names of ``named_modules()``; of a layer that runs more than once, the last call counts.
    statistics: new reducers by name, which say the kinds and settings; they themselves stay empty.
    part: the places of the images to look at, one of :func:`parts`; by default all.
    path: a file to which all is written after every ``save_every`` batches, and at the end. If it is there, the pass
    goes on from it, and a finished one is only read.
    over: what a response is of the activations at the positions of a layer, "maximum" or "mean".
    workers, progress: as for :meth:`helpers.data.images.Images.batches`.

    Raises UnknownLayer and FieldError for a layer that the network does not have and for images on which it does not
    run, ActivationError for statistics that these images and layers do not have, and AnotherPass for a file of another
    pass.
    """
    table = _looked_at(loaded, images, layers)
    reducers = made(described(statistics))
    _require_possible(images, table, reducers, over)
    part = range(len(images)) if part is None else part
    _require_aligned(part, len(images), batch_size)
    this = about(loaded, images, table, described(statistics), over=over, batch_size=batch_size)
    found = UnitStatistics(about=this, reducers=reducers, name=_called(part))
    if path is not None and path.exists():
        found = _continued(path, this, part)
    first = found.done[0][1] if found.done else part.start
    if first < part.stop:
        running = _Pass(loaded, images, table, found)
        rest = images.part(first, part.stop)
        batches = rest.batches(batch_size, workers=workers, progress=progress)
        try:
            for number, batch in enumerate(batches, 1):
                running.look(batch, first)
                if path is not None and number % save_every == 0:
                    stop = first + (batch.places[-1] // batch_size + 1) * batch_size
                    running.finish(part.start, min(stop, part.stop), rest)
                    save(found, path)
        except ImagesError:  # not one image in the rest; what matters is how many there are in all
            pass
        running.finish(part.start, part.stop, rest)
        require_usable(found, images.class_names)
        if path is not None:
            save(found, path)
    return found


def parts(images: int, count: int, *, batch_size: int) -> list[range]:
    """Places 0 to ``images`` - 1 in at most ``count`` parts of about one length that begin where a batch begins."""
    batches = -(-images // batch_size)
    borders = sorted({min(images, batches * each // count * batch_size) for each in range(count + 1)})
    return [range(first, stop) for first, stop in pairwise(borders)]


def require_usable(found: UnitStatistics, class_names: Sequence[str]) -> None:
    """Raise ActivationError for statistics of a whole list that say nothing; those of a part may.

    That is: fewer images could be read than are to be kept of each unit, a class has none of them, or no unit of the
    network responds to any image.
    """
    if not found.is_whole:
        return
    for reducer in found.reducers.values():
        if isinstance(reducer, Extremes) and found.read < reducer.count:
            raise ActivationError(
                f"{found.read} of {found.about.image_count} images could be read, and {reducer.count} are to be kept "
                f"of each unit"
            )
        if isinstance(reducer, ClassMeans):
            _require_each(reducer.counts().tolist(), class_names)
    silent = found.largest <= 0 if found.about.over == MAXIMUM else found.largest == 0
    if silent:
        raise ActivationError("all units of these layers are silent on all images: no response is above 0")


class _Pass:
    """The network as it runs, and the responses that reducers have not taken in yet."""

    def __init__(self, loaded: Pretrained, images: Images, table: Sequence[Layer], found: UnitStatistics) -> None:
        self.loaded, self.images, self.found = loaded, images, found
        self.unit_axis = {layer.name: layer.unit_axis for layer in table}
        self.units, self.axes = found.about.units, max(len(layer.positions) for layer in table)
        self.seeking = [each for each in found.reducers.values() if isinstance(each, Extremes) and each.positions]
        like = next((each for each in loaded.network.parameters() if each.is_floating_point()), torch.empty(0))
        self.device, self.dtype = like.device, like.dtype
        self.number = torch.empty(0, dtype=torch.long, device=self.device)  # of the images that the network looks at
        self.waiting: list[Responses] = []
        for reducer in found.reducers.values():
            reducer.restore({name: tensor.to(self.device) for name, tensor in reducer.state().items()})

    def look(self, batch: Batch, first: int) -> None:
        """Run the network on images, whose places count from ``first``."""
        self.number = torch.tensor(batch.places, device=self.device) + first
        network = self.loaded.network
        x = self.loaded.preprocessing(batch.x.to(self.device)).to(self.dtype)
        with torch.no_grad(), evaluating(network), record(network, self.units, stop=True, keep=self._reduced) as kept:
            network(x)
        value, position = (torch.cat([kept[name][what] for name in self.units], 1) for what in (0, 1))
        require_finite(
            value, unit_name=self._unit_name, image_name=lambda image: self.images.names[int(self.number[image])]
        )
        self.found.largest = max(self.found.largest, float(value.max()))
        self.waiting.append(Responses(value, position, self.number, batch.label.to(self.device)))
        if sum(len(each.value) for each in self.waiting) >= _TOGETHER:
            self._hand_over()

    def finish(self, first: int, stop: int, rest: Images) -> None:
        """The state of the result is now that after the images from ``first`` to ``stop``."""
        self._hand_over()
        self.found.done = [[first, stop]]
        known = set(rest.names)
        failed = {name: why for name, why in rest.reasons.items() if name in known}
        self.found.unreadable = dict(sorted({**self.found.unreadable, **failed}.items()))

    def _hand_over(self) -> None:
        if self.waiting:
            together = Responses(*(torch.cat(each) for each in zip(*self.waiting, strict=True)))
            for reducer in self.found.reducers.values():
                reducer.add(together)
        self.waiting = []

    def _reduced(self, name: str, output: Tensor) -> tuple[Tensor, Tensor]:
        activations = Activations(units_first(output, self.unit_axis[name]))
        value = activations.response(self.found.about.over)
        asked = torch.zeros_like(value, dtype=torch.bool)
        for reducer in self.seeking:
            asked |= reducer.asks(value, self.number, self.units[name])
        position = activations.positions(asked)
        return value, pad(position, (0, self.axes - position.shape[2]), value=-1)

    def _unit_name(self, unit: int) -> str:
        layer, units = next((each, units) for each, units in self.units.items() if unit < units.stop)
        return f"unit {unit - units.start} of {layer}"


def _looked_at(loaded: Pretrained, images: Images, layers: Sequence[str]) -> list[Layer]:
    if isinstance(layers, str) or not layers or len(set(layers)) < len(layers):
        raise ActivationError(f"layers = {layers!r}; allowed is a list of different names")
    known = {layer.name: layer for layer in layer_table.layers(loaded.network, images.size)}
    for name in chosen_layers(loaded.network, layers):
        if name not in known:
            raise ActivationError(f"the layer {name} does not run when the network sees an image")
    return [known[name] for name in layers]


def _require_possible(images: Images, table: Sequence[Layer], reducers: Mapping[str, Reducer], over: str) -> None:
    if over not in (MAXIMUM, MEAN):
        raise ActivationError(f"over = {over!r}; allowed are {MAXIMUM} and {MEAN}")
    for reducer in reducers.values():
        if isinstance(reducer, Extremes) and reducer.count > len(images):
            raise ActivationError(f"{reducer.count} images are to be kept of each unit, and there are {len(images)}")
        if isinstance(reducer, ClassMeans):
            if reducer.classes != len(images.class_names):
                raise ActivationError(
                    f"statistics are asked for of {reducer.classes} classes, and {images.name} has "
                    f"{len(images.class_names)}"
                )
            _require_each(images.labels.bincount(minlength=reducer.classes).tolist(), images.class_names)
        without = [layer.name for layer in table if not layer.positions]
        if isinstance(reducer, Extremes) and reducer.positions and without:
            raise ActivationError(f"positions are asked for, and the layer {without[0]} has none")


def _require_each(counts: Sequence[int], class_names: Sequence[str]) -> None:
    for count, name in zip(counts, class_names, strict=True):
        if not count:
            raise ActivationError(f"the class {name} has no images, and statistics by class need some of each")


def _require_aligned(part: range, images: int, batch_size: int) -> None:
    if batch_size < 1:
        raise ActivationError(f"batch_size = {batch_size} must be at least 1")
    ends = part.start % batch_size == 0 and (part.stop % batch_size == 0 or part.stop == images)
    if part.step != 1 or not 0 <= part.start < part.stop <= images or not ends:
        raise ActivationError(
            f"{_called(part)} are no part of {images} images in batches of {batch_size}; a part begins and ends where "
            f"a batch does"
        )


def _called(part: range) -> str:
    return f"images {part.start} to {part.stop - 1}"


def _continued(path: Path, this: About, part: range) -> UnitStatistics:
    found = read(path)
    this.require_same(found.about, path.name)
    ((first, stop),) = found.done if len(found.done) == 1 else [[-1, -1]]
    if first != part.start or stop > part.stop:
        raise AnotherPass(f"{path.name} holds other images than {_called(part)} begin with")
    return found
