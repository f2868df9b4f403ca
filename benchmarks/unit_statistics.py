"""Statistics of all units in one pass, against the plain forward pass: ``python -m benchmarks.unit_statistics``.

Time: VGG16 and GoogLeNet see images of 224 pixels, 16 at a time. ``forward`` runs the network and keeps nothing;
``pass`` keeps the 100 strongest images of every unit of all non-linearities with positions, the weakest, moments,
histograms, shares and means by class (:mod:`helpers.hooks.reducers`). ``lists`` is the loop that users write: its hooks
append the maximum of every map and its place to lists, which are sorted at the end. ``maps`` appends whole maps, of the
first 16 images alone, since those of all need more memory than most machines have. ``pass`` and ``lists`` must name the
same images and positions. The forward pass is timed before and after the others, and the mean counts.

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
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from helpers.atomic_files import atomic_write
from helpers.data.images import Images, imagenette_of_assets, open_images
from helpers.hooks.layer_table import layers
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.one_pass import one_pass
from helpers.hooks.reducers.reducer import Reducer
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


def by_forward(loaded: Pretrained, images: Images) -> None:
    with torch.no_grad():
        for batch in images.batches(_BATCH, progress=False):
            loaded.network(loaded.preprocessing(batch.x))


def by_pass(loaded: Pretrained, images: Images, top: int) -> tuple[Tensor, Tensor]:
    """Numbers of the strongest images and flat positions, (unit, rank) each, of all units."""
    names = rectified(loaded, images.size)
    found = one_pass(loaded, images, names, statistics(top, len(images.class_names)), batch_size=_BATCH, progress=False)
    numbers, places = [], []
    for name, _, (_, columns) in found.about.layers:
        strongest = found.of("strongest", name).found()
        numbers.append(strongest.number)
        places.append(strongest.position[..., 0] * columns + strongest.position[..., 1])
    return torch.cat(numbers), torch.cat(places)


def by_lists(loaded: Pretrained, images: Images, top: int, *, maps: bool = False) -> tuple[Tensor, Tensor]:
    """The same by hooks that keep what they see in lists."""
    kept: dict[str, list] = defaultdict(list)

    def hook(name: str):
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            kept[name].append(output.clone() if maps else output.flatten(2).max(2))

        return keep

    names = rectified(loaded, images.size)
    handles = [loaded.network.get_submodule(name).register_forward_hook(hook(name)) for name in names]
    by_forward(loaded, images)
    for handle in handles:
        handle.remove()
    numbers, places = [], []
    for name in names:
        if maps:
            value, place = torch.cat(kept[name]).flatten(2).max(2)  # (image, unit)
        else:
            value, place = (torch.cat([pair[which] for pair in kept[name]]) for which in (0, 1))
        order = value.sort(dim=0, descending=True, stable=True).indices[:top]
        numbers.append(order.T)
        places.append(place.gather(0, order).T)
    return torch.cat(numbers), torch.cat(places)


def timed(network: str, count: int, size: int, top: int) -> dict[str, object]:
    """Seconds of each way, as multiples of the forward pass. Raises ValueError where the lists differ."""
    loaded = load(network)
    source = imagenette_of_assets() or "patterns"
    images = open_images(source, size=size).choose(count, seed=0)
    few = images.choose(_BATCH)
    by_forward(loaded, few)  # the first call allocates
    seconds: dict[str, list[float]] = defaultdict(list)
    results = {}
    for way in ("forward", "pass", "lists", "forward", "forward of few", "maps of few"):
        started = time.process_time()
        if way.startswith("forward"):
            by_forward(loaded, few if "few" in way else images)
        elif way == "pass":
            results[way] = by_pass(loaded, images, top)
        else:
            results[way] = by_lists(loaded, few if "few" in way else images, top, maps="few" in way)
        seconds[way].append(time.process_time() - started)
    same = [torch.equal(ours, theirs) for ours, theirs in zip(results["pass"], results["lists"], strict=True)]
    if same != [True, True]:
        raise ValueError(f"the strongest images of {network}, or their positions, differ")
    plain = float(np.mean(seconds["forward"]))
    return {
        "network": network,
        "weights": loaded.weights.description,
        "units": len(results["pass"][0]),
        "images": len(images),
        "size": size,
        "top": top,
        "processor seconds of forward": [round(each, 1) for each in seconds["forward"]],
        "pass / forward": round(seconds["pass"][0] / plain, 3),
        "lists / forward": round(seconds["lists"][0] / plain, 3),
        "maps / forward, 16 images": round(seconds["maps of few"][0] / seconds["forward of few"][0], 3),
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
    parser.add_argument("--images", type=int, default=256)
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
