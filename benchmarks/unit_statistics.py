"""Statistics of all units in one pass, against the plain forward pass: ``python -m benchmarks.unit_statistics``.

Time: VGG16 and GoogLeNet see images of 224 pixels, 16 at a time. ``forward`` runs the network and keeps nothing;
``pass`` keeps the 100 strongest images of every unit of all non-linearities with positions, the weakest, moments,
histograms, shares and means by class (:mod:`helpers.hooks.reducers`). ``lists`` is the loop that users write: its hooks
append the maximum of every map and its place to lists, which are sorted at the end. The ways take turns at every batch,
so that other work on the machine slows all of them alike. ``pass`` and ``lists`` must name the same images and
positions. Whole maps in lists are not timed: their size is given.

Memory: what a process holds at its peak above what it held before, for 1,000 and for 10,000 small images. Each run has
a process of its own.

All numbers go to ``_build/benchmarks/unit_statistics.json``.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import resource
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from math import prod
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from helpers.atomic_files import atomic_write
from helpers.data.images import Batch, imagenette_of_assets, open_images
from helpers.hooks.layer_table import layers
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.one_pass import _Pass, one_pass
from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.unit_statistics import UnitStatistics
from helpers.models.pretrained import Pretrained, load

_BATCH = 16


def statistics(top: int, classes: int) -> dict[str, Reducer]:
    return {
        "strongest": Extremes(top),
        "weakest": Extremes(10, weakest=True, positions=False),
        "moments": Moments(),
        "active": ActiveShare(),
        "histogram": Histogram(),
        "classes": ClassMeans(classes),
    }


def rectified(loaded: Pretrained, size: int) -> list[str]:
    return [layer.name for layer in layers(loaded.network, size) if layer.kind == "ReLU" and layer.positions]


class Lists:
    """What hooks append to lists: the maximum of every map, and its place."""

    def __init__(self, loaded: Pretrained, names: list[str]) -> None:
        self.loaded, self.names = loaded, names
        self.kept: dict[str, list[tuple[Tensor, Tensor]]] = defaultdict(list)

    def look(self, x: Tensor) -> None:
        layers = {name: self.loaded.network.get_submodule(name) for name in self.names}
        handles = [layer.register_forward_hook(self._hook(name)) for name, layer in layers.items()]
        forward(self.loaded, x)
        for handle in handles:
            handle.remove()

    def _hook(self, name: str) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            self.kept[name].append(output.flatten(2).max(2))

        return keep

    def strongest(self, top: int) -> tuple[Tensor, Tensor]:
        """Numbers of the strongest images and flat positions, (unit, rank) each, of all units."""
        numbers, places = [], []
        for name in self.names:
            value, place = (torch.cat([pair[which] for pair in self.kept[name]]) for which in (0, 1))  # (image, unit)
            order = value.sort(dim=0, descending=True, stable=True).indices[:top]
            numbers.append(order.T)
            places.append(place.gather(0, order).T)
        return torch.cat(numbers), torch.cat(places)


def forward(loaded: Pretrained, x: Tensor) -> None:
    with torch.no_grad():
        loaded.network(loaded.preprocessing(x))


def strongest(found: UnitStatistics) -> tuple[Tensor, Tensor]:
    """The same of a pass."""
    numbers, places = [], []
    for name, _, (_, columns) in found.about.layers:
        ranked = found.of("strongest", name).found()
        numbers.append(ranked.number)
        places.append(ranked.position[..., 0] * columns + ranked.position[..., 1])
    return torch.cat(numbers), torch.cat(places)


def timed(network: str, count: int, size: int, top: int) -> dict[str, object]:
    """Seconds of each way, as multiples of the forward pass. Raises ValueError where the lists differ."""
    loaded = load(network)
    images = open_images(imagenette_of_assets() or "patterns", size=size)
    images = images.of_each_class(max(1, count // len(images.class_names)), seed=0)
    names, kept = rectified(loaded, size), statistics(top, len(images.class_names))
    lists, seconds, look = Lists(loaded, names), Counter[str](), _Pass.look

    def in_turns(running: _Pass, batch: Batch, first: int) -> None:
        ways = {"forward": lambda: forward(loaded, batch.x), "lists": lambda: lists.look(batch.x)}
        ways["pass"] = lambda: look(running, batch, first)
        for way in sorted(ways, reverse=bool(batch.places[0] // _BATCH % 2)):  # there and back
            started = time.process_time()
            ways[way]()
            seconds[way] += time.process_time() - started

    forward(loaded, next(images.batches(_BATCH, progress=False)).x)  # the first call allocates
    _Pass.look = in_turns  # type: ignore[method-assign]
    started = time.process_time()
    found = one_pass(loaded, images, names, kept, batch_size=_BATCH, progress=False)
    seconds["pass"] = time.process_time() - started - seconds["forward"] - seconds["lists"]  # with its set-up
    _Pass.look = look  # type: ignore[method-assign]
    started = time.process_time()
    theirs = lists.strongest(top)
    seconds["lists"] += time.process_time() - started
    if not all(torch.equal(*pair) for pair in zip(strongest(found), theirs, strict=True)):
        raise ValueError(f"the strongest images of {network}, or their positions, differ")
    shapes = [layer.shape for layer in layers(loaded.network, size) if layer.name in names]
    return {
        "network": network,
        "weights": loaded.weights.description,
        "units": len(theirs[0]),
        "images": len(images),
        "size": size,
        "top": top,
        "processor seconds of forward": round(seconds["forward"], 1),
        "pass / forward": round(seconds["pass"] / seconds["forward"], 3),
        "lists / forward": round(seconds["lists"] / seconds["forward"], 3),
        "whole maps of 1,000 images, GB": round(4e-6 * sum(map(prod, shapes)), 1),
    }


def held(tar: str, count: int, size: int) -> float:
    """The megabytes that a pass of the narrow VGG16 over so many images takes, in this process."""
    loaded = load("vgg16", weights="embedded")
    images = open_images(tar, size=size).choose(count, seed=0)
    few = images.choose(2 * _BATCH, seed=0)
    names = rectified(loaded, size)
    one_pass(loaded, few, names, statistics(16, len(images.class_names)), batch_size=_BATCH, progress=False)
    before = _peak()
    one_pass(loaded, images, names, statistics(100, len(images.class_names)), batch_size=_BATCH, progress=False)
    return round(_peak() - before, 1)


def write_images(path: Path, count: int, size: int) -> None:
    """A tar file of noise in two classes."""
    random = np.random.default_rng(0)
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            content = io.BytesIO()
            Image.fromarray(random.integers(0, 256, (size, size, 3), dtype=np.uint8)).save(content, "PNG")
            entry = tarfile.TarInfo(f"{'ab'[number % 2]}/{number:06}.png")
            entry.size = content.tell()
            content.seek(0)
            tar.addfile(entry, content)


def _peak() -> float:
    """The most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description="Statistics of all units against the plain forward pass.")
    parser.add_argument("--networks", nargs="*", default=["vgg16", "googlenet"])
    parser.add_argument("--images", type=int, default=160, help="about, in all")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--small", nargs="*", type=int, default=[1000, 10_000], help="numbers of small images")
    arguments = parser.parse_args()
    context, results = multiprocessing.get_context("spawn"), []
    for network in arguments.networks:
        with context.Pool(1) as pool:
            results.append(pool.apply(timed, (network, arguments.images, arguments.size, arguments.top)))
        print(results[-1], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder, "noise.tar")
        write_images(tar, max(arguments.small, default=1), 32)
        for count in arguments.small:
            with context.Pool(1) as pool:
                results.append({"images of 32 pixels": count, "megabytes": pool.apply(held, (str(tar), count, 32))})
            print(results[-1], flush=True)
    with atomic_write(Path("_build/benchmarks/unit_statistics.json")) as partial:
        partial.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
