"""All units of a layer back through VGG16, ours and Captum's one by one: ``python -m benchmarks.backward``.

VGG16 at 224 pixels with random weights (He initialisation, no download), the position in the middle of the layer. Ours
sends all 512 units of the layer back in one call, by every way; Captum's ``NeuronDeconvolution`` takes some of the
units, evenly spread, and its time is scaled to 512. Both run in one process, Captum before and after ours. The two
deconvnets must agree. Processor seconds stand beside wall-clock seconds: on a busy machine only the former's ratio
means anything. All numbers go to ``_build/benchmarks/backward.json``.

What is saved is what a unit does not see: of 224 pixels a unit of conv4_3 sees 92, one of conv5_3 sees 196, and there
little can be left out but the zeros of the masks.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import torch
import torchvision
from captum.attr import NeuronDeconvolution
from torch import Tensor, nn

from helpers.atomic_files import atomic_write
from helpers.attribution.backward import DECONVNET, GRADIENT, GUIDED_BACKPROP, attribute
from helpers.attribution.forward_pass import forward

_WAYS = {"deconvnet": DECONVNET, "masked": GUIDED_BACKPROP, "exact": GRADIENT}
_LAYERS = {"conv4_3": "features.22", "conv5_3": "features.29"}  # torchvision's names of the ReLUs behind them


def network() -> nn.Module:
    """VGG16 without in-place ReLUs, which Captum's hooks cannot live with."""
    torch.manual_seed(0)
    vgg = torchvision.models.vgg16(weights=None).eval().requires_grad_(False)
    for module in vgg.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return vgg


def clock() -> tuple[float, float]:
    """Wall-clock and processor seconds."""
    return time.perf_counter(), time.process_time()


def since(started: tuple[float, float]) -> dict[str, float]:
    """Seconds since ``started``."""
    return {"wall": time.perf_counter() - started[0], "processor": time.process_time() - started[1]}


def compare(
    vgg: nn.Module, layer: str, ways: list[str], *, units: int, captum: int, memory: float
) -> dict[str, object]:
    """Seconds for all units of a layer, Captum's scaled from ``captum`` units before and ``captum`` after ours."""
    name = _LAYERS[layer]
    image = torch.randn(3, 224, 224, generator=torch.Generator().manual_seed(0))
    method = NeuronDeconvolution(vgg, vgg.get_submodule(name))
    side = {"conv4_3": 28, "conv5_3": 14}[layer]
    position = (side // 2, side // 2)
    theirs: dict[int, Tensor] = {}

    def by_captum(chosen: range) -> dict[str, float]:
        started = clock()
        for unit in chosen:
            theirs[unit] = method.attribute(image.unsqueeze(0), (unit, *position))[0].detach()
        return since(started)

    step = units // captum
    by_captum(range(1))  # the first call allocates
    before = by_captum(range(0, units, step))
    ours = {}
    for way in ways:
        started = clock()
        passage = forward(vgg, name, image)
        back = attribute(passage, _WAYS[way], position=position, units=range(units), rectify_image=False, memory=memory)
        ours[way] = since(started)
        if way == "deconvnet":
            for unit, expected in theirs.items():
                expected = passage.activation[unit, position[0], position[1]] * expected
                torch.testing.assert_close(
                    back.full()[unit], expected, rtol=1e-3, atol=1e-5 * expected.abs().max().item()
                )
    after = by_captum(range(step // 2, units, step))
    counted = len(range(0, units, step)) + len(range(step // 2, units, step))
    scaled = {kind: (before[kind] + after[kind]) / counted * units for kind in before}
    ratios = {way: {kind: scaled[kind] / seconds[kind] for kind in seconds} for way, seconds in ours.items()}
    return {"units": units, "captum": scaled, "ours": ours, "times faster": ratios}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--layers", nargs="+", choices=_LAYERS, default=list(_LAYERS))
    parser.add_argument("--ways", nargs="+", choices=_WAYS, default=list(_WAYS))
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--captum", type=int, default=8, help="units that Captum takes before ours, and again after")
    parser.add_argument("--memory", type=float, default=4e8, help="bytes")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="captum")
    torch.set_num_threads(arguments.threads)
    vgg, results = network(), {}
    for layer in arguments.layers:
        options = {"units": arguments.units, "captum": arguments.captum, "memory": arguments.memory}
        results[layer] = compare(vgg, layer, arguments.ways, **options)
        for way, ratio in results[layer]["times faster"].items():
            print(f"{layer} {way:10} {ratio['wall']:.1f} times faster ({ratio['processor']:.1f} in processor time)")
    with atomic_write(Path("_build/benchmarks/backward.json")) as partial:
        partial.write_text(json.dumps({"threads": arguments.threads, "layers": results}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
