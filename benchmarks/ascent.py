"""Optimised images of many units: units × steps a second: ``python -m benchmarks.ascent``.

Ours (:mod:`helpers.ascent.many_units`) against a bare pass of the same cut network forwards and backwards, 16 images at
once, in float32, and against one unit at a time, with the network stopped at the layer: same units, pixels,
steps and network, averaged over the nine blocks of Inception V1. Where Lucent and dreamlens are installed
(:mod:`benchmarks.ascent_peers`), they are measured, too. Twice the units and twice the steps should take twice the
time.

All numbers go to ``_build/benchmarks/ascent.json``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import ascent_peers as peers
from helpers.ascent.many_units import maximise
from helpers.ascent.spectra import image_of_spectrum, spectrum
from helpers.ascent.unit_jobs import Setting, jobs_of
from helpers.ascent.unit_response import Responses
from helpers.ascent.views import Views
from helpers.atomic_files import atomic_write
from helpers.hooks.layer_output import layer_output
from helpers.models.googlenet import BLOCKS
from helpers.models.pretrained import Pretrained, load

_BRANCH = "3x3"
_TOGETHER = 16


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def ours(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    """Units × steps a second of the ascent of many units."""
    jobs = jobs_of({layer: units}, directions=[1])
    took = seconds(lambda: maximise(loaded.network, loaded.preprocessing, jobs, setting, seed=0, batch=_TOGETHER))
    return len(units) * setting.steps / took


def bare(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    """Images a second of a pass of the cut network forwards and backwards, on views of the same size."""
    responses = Responses(loaded.network, loaded.preprocessing, layer)
    size = setting.views.size_of(setting.size) if setting.views else setting.size
    chosen = torch.tensor(units[:_TOGETHER])
    images = torch.rand(len(chosen), 3, size, size, requires_grad=True)

    def one() -> Tensor:
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(responses.maps(images, chosen).mean(), images)
        return gradient

    one()
    return len(chosen) * setting.steps / seconds(lambda: [one() for _ in range(setting.steps)])


def one_by_one(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    """Units × steps a second with torch's own Adam, an image at a time and in float32; two units are enough to tell."""
    views, few = setting.views or Views(), units[:2]

    def climb(unit: int) -> Tensor:
        numbers = spectrum(setting.size, seed=0, purpose=f"{unit}")[None].requires_grad_()
        optimiser = torch.optim.Adam([numbers], lr=setting.rate, maximize=True)
        one = torch.zeros(1, dtype=torch.long)
        with torch.enable_grad():
            for step in range(setting.steps):
                optimiser.zero_grad()
                seen = views.look(image_of_spectrum(numbers), views.draw(one, one, step))
                x = loaded.preprocessing(seen)
                layer_output(loaded.network, layer, x, detach=False)[:, unit].mean().backward()
                optimiser.step()
        return numbers

    return len(few) * setting.steps / seconds(lambda: [climb(unit) for unit in few])


def compare(*, units: int, size: int, steps: int, blocks: list[str]) -> dict[str, object]:
    """The rates of all ways, averaged over the blocks, their ratios, and how time grows with units and steps."""
    loaded = load("googlenet")
    setting = Setting(size=size, steps=steps, half=torch.cpu._is_amx_tile_supported())
    ways: dict[str, Callable[..., float]] = {"ours": ours, "bare": bare, "one by one": one_by_one, **peers.here()}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for block in blocks:
        layer = f"{block}_{_BRANCH}_pre_relu"
        chosen = list(range(min(units, int(loaded.network.get_submodule(layer).out_channels))))  # type: ignore[arg-type]
        for way, rate in ways.items():
            rates[way].append(rate(loaded, layer, chosen, setting))
        print(block, {way: round(each[-1], 1) for way, each in rates.items()}, flush=True)
    means = {way: sum(each) / len(each) for way, each in rates.items()}
    found: dict[str, object] = {
        "weights": loaded.weights.source,
        "units": units,
        "size": size,
        "steps": steps,
        "threads": torch.get_num_threads(),
        "bfloat16": setting.half,
        "units x steps a second": {way: round(rate, 1) for way, rate in means.items()},
        "ours / other": {way: round(means["ours"] / rate, 2) for way, rate in means.items() if way != "ours"},
    }
    return {**found, **growth(loaded, blocks[len(blocks) // 2], units, setting)}


def growth(loaded: Pretrained, block: str, units: int, setting: Setting) -> dict[str, float]:
    """Time of twice the units, and of twice the steps, as multiples."""
    layer, chosen = f"{block}_{_BRANCH}_pre_relu", list(range(min(units, 16)))
    once = len(chosen) * setting.steps / ours(loaded, layer, chosen, setting)
    more = list(range(2 * len(chosen)))
    known = int(loaded.network.get_submodule(layer).out_channels)  # type: ignore[arg-type]  # torch's stubs
    more = [unit % known for unit in more]
    twice = len(more) * setting.steps / ours(loaded, layer, more, setting)
    longer = Setting(size=setting.size, steps=2 * setting.steps, half=setting.half)
    long = len(chosen) * longer.steps / ours(loaded, layer, chosen, longer)
    return {"time of twice the units": round(twice / once, 2), "time of twice the steps": round(long / once, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Optimised images of many units.")
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--blocks", nargs="+", default=list(BLOCKS))
    given = parser.parse_args()
    found = compare(units=given.units, size=given.size, steps=given.steps, blocks=given.blocks)
    print(json.dumps(found, indent=1))
    with atomic_write(Path("_build/benchmarks/ascent.json")) as partial:
        partial.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
