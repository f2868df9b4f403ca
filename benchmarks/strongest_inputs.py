"""The strongest images of all units, streaming and with whole maps: ``python -m benchmarks.strongest_inputs``.

The narrow VGG16 that comes with the package looks at procedural images of 224 pixels, 16 at a time. ``stream`` keeps
the nine strongest images of every unit (:mod:`helpers.hooks.strongest_inputs`); ``maps`` records the layer for all
images and sorts at the end; ``forward`` runs the network up to the layer and keeps nothing. Each runs in a process of
its own, which has drawn its images before the clock starts. Times are given as multiples of ``forward``, memory as what
the process held at its peak above what it held before. ``stream`` and ``maps`` must name the same images.

All numbers go to ``_build/benchmarks/strongest_inputs.json``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path

import torch
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.data.images import open_images
from helpers.hooks.recording import record
from helpers.hooks.strongest_inputs import strongest_inputs
from helpers.models.pretrained import load

_WAYS = ("forward", "stream", "maps")
_COUNT = 9


def measure(way: str, layer: str, images: int, size: int) -> dict[str, object]:
    """Seconds, gigabytes and the strongest image of each unit, by one way, in this process."""
    found = load("vgg16", weights="embedded")
    source = open_images("patterns", size=size).choose(images, seed=0)
    batches = [found.preprocessing(batch.x) for batch in source.batches(16, progress=False)]
    before, started = _peak(), time.perf_counter()
    if way == "stream":
        first = strongest_inputs(found.network, layer, batches, count=_COUNT).number[:, 0]
    else:
        maps: list[Tensor] = []
        with torch.no_grad():
            for batch in batches:
                with record(found.network, [layer], stop=True) as outputs:
                    found.network(batch)
                maps += [outputs[layer]] if way == "maps" else []
        peaks = torch.cat(maps).amax((2, 3)) if maps else torch.empty(1, 0)  # (image, unit)
        first = peaks.sort(dim=0, descending=True, stable=True).indices[0]
    return {"seconds": time.perf_counter() - started, "gigabytes": _peak() - before, "first": first.tolist()}


def compare(layer: str, *, images: int, size: int) -> dict[str, object]:
    """All ways, one after the other. Raises ValueError where the two that find images do not agree."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, dict] = {}
    for way in _WAYS:
        with context.Pool(1) as pool:
            found[way] = pool.apply(measure, (way, layer, images, size))
    if found["stream"].pop("first") != found["maps"].pop("first"):
        raise ValueError(f"the strongest images of {layer} differ")
    plain = found["forward"]["seconds"]
    times = {f"{way} / forward": round(found[way]["seconds"] / plain, 2) for way in _WAYS[1:]}
    memory = {f"{way}, GB": round(found[way]["gigabytes"], 2) for way in _WAYS}
    return {"layer": layer, "images": images, "size": size, "seconds of forward": round(plain, 2)} | times | memory


def _peak() -> float:
    """The most memory that this process has held, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Streaming against whole maps.")
    parser.add_argument("--layers", nargs="+", default=["relu2_2", "relu4_3"])
    parser.add_argument("--images", type=int, default=290)
    parser.add_argument("--size", type=int, default=224)
    arguments = parser.parse_args()
    results = []
    for layer in arguments.layers:
        results.append(compare(layer, images=arguments.images, size=arguments.size))
        print(results[-1], flush=True)
    with atomic_write(Path("_build/benchmarks/strongest_inputs.json")) as partial:
        partial.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
