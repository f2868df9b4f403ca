"""The published Inception V1 in numbers: the rows of figure 38, what 1×1 units save, how deep networks are, and where
their parameters lie. No weights are needed, so that networks are built without any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn
from torchvision import models

from helpers.hooks.layer_table import Layer, layers
from helpers.models.googlenet import BLOCKS, GoogLeNet
from helpers.models.vgg import VGG16

SIZE = 224  # pixels of an image
_POOLS = {"maxpool0": "pool-1", "maxpool1": "pool-2", "maxpool4": "pool-3", "maxpool10": "pool-4"}
_UNITS = ("1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce")  # in the columns of figure 38
_DENSE, _PARAMETER = ("AddmmBackward", "MmBackward"), "torch::autograd::AccumulateGrad"
_PRODUCTS = ("ConvolutionBackward", *_DENSE)
RESNETS: dict[str, Callable[[], nn.Module]] = {
    "ResNet-18": models.resnet18,
    "ResNet-34": models.resnet34,
    "ResNet-50": models.resnet50,
    "ResNet-101": models.resnet101,
    "ResNet-152": models.resnet152,
}
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "Inception V1": GoogLeNet,
    "AlexNet": models.alexnet,
    "VGG16": VGG16,
    "ResNet-50": models.resnet50,
    "SqueezeNet 1.1": models.squeezenet1_1,
}


class Branch(NamedTuple):
    """A branch of a block with a 1×1 convolution before its kernels: channels on the way, and sides.

    positions: of its output, rows times columns.
    """

    block: str
    kernel: int
    inputs: int
    reduced: int
    units: int
    positions: int

    @property
    def name(self) -> str:
        return f"{self.block} {self.kernel}×{self.kernel}"


@dataclass(frozen=True)
class Cost:
    """What a branch takes for one image: multiply-adds, weights, and numbers in the maps that it makes."""

    operations: int
    weights: int
    maps: int

    @property
    def memory(self) -> int:
        return self.weights + self.maps


def without_weights(make: Callable[[], nn.Module]) -> nn.Module:
    """A network whose tensors have shapes and no values."""
    with torch.device("meta"):
        return make().eval()


def specification(network: GoogLeNet, size: int = SIZE) -> dict[str, list[int]]:
    """The rows of figure 38, in its order.

    Convolutions and pools: kernel, stride, side of the output, channels, depth, and units of the two layers of the
    second; blocks: side, channels, depth, and units of the branches with their bottlenecks.
    """
    known = {layer.name: layer for layer in layers(network, size)}
    rows = {"convolution-1": [*_kernel(known["conv2d0_pre_relu"]), *_output(known["conv2d0"]), 1]}
    second, reduced = known["conv2d2"], known["conv2d1"]
    for name in known:
        if name in _POOLS:
            rows[_POOLS[name]] = [*_kernel(known[name]), *_output(known[name]), 0]
        elif name == "conv2d2":
            of_kernel = _kernel(known["conv2d2_pre_relu"])
            rows["convolution-2"] = [*of_kernel, *_output(second), 2, reduced.units, second.units]
        elif name in BLOCKS:
            units = [known[f"{name}_{branch}"].units for branch in _UNITS]
            rows[name] = [*_output(known[name]), _depth(known, name), *units]
    return rows


def branches_with_bottleneck(network: GoogLeNet, size: int = SIZE) -> list[Branch]:
    """The 3×3 and 5×5 branches of all blocks, in order."""
    known = {layer.name: layer for layer in layers(network, size)}
    found = []
    for block in BLOCKS:
        for kernel in (3, 5):
            name = f"{block}_{kernel}x{kernel}"
            before = network.get_submodule(f"{name}_bottleneck_pre_relu")
            assert isinstance(before, nn.Conv2d)
            rows, columns = known[name].positions
            found.append(
                Branch(block, kernel, before.in_channels, before.out_channels, known[name].units, rows * columns)
            )
    return found


def cost(branch: Branch) -> Cost:
    """Of the branch as it is: 1×1 units, then kernels over what these give."""
    weights = branch.inputs * branch.reduced + branch.reduced * branch.units * branch.kernel**2
    return Cost(weights * branch.positions, weights, (branch.reduced + branch.units) * branch.positions)


def direct_cost(branch: Branch) -> Cost:
    """Of the same kernels over all channels of the block's input."""
    weights = branch.inputs * branch.units * branch.kernel**2
    return Cost(weights * branch.positions, weights, branch.units * branch.positions)


def depth(network: nn.Module, size: int = SIZE) -> int:
    """How many convolutions and dense layers stand on the longest way from an image to the network's output.

    Counted in the graph that automatic differentiation keeps of one run, without values.
    """
    output = network(torch.empty(2, 3, size, size, device="meta"))
    longest: dict[Any, int] = {}
    waiting = [output.grad_fn]
    while waiting:
        node = waiting[-1]
        before = [each for each, _ in node.next_functions if each is not None]
        if missing := [each for each in before if each not in longest]:
            waiting.extend(missing)
            continue
        waiting.pop()
        trained = any(each.name().startswith(_PARAMETER) for each in before)  # normalisation convolves, too
        counts = node.name().startswith(_PRODUCTS) and (trained or node.name().startswith(_DENSE))
        longest[node] = counts + max((longest[each] for each in before), default=0)
    return longest[output.grad_fn]


def parameters_by_kind(network: nn.Module) -> dict[str, int]:
    """Number of parameters of convolutions, of dense layers, and of all others."""
    found = dict.fromkeys(("convolutions", "dense layers", "others"), 0)
    for module in network.modules():
        own = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        convolution = isinstance(module, nn.Conv2d)
        kind = "convolutions" if convolution else "dense layers" if isinstance(module, nn.Linear) else "others"
        found[kind] += own
    return found


def convolutions(network: nn.Module) -> Iterator[tuple[str, nn.Conv2d]]:
    """All convolutions with their names."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            yield name, module


def keeps_size(convolution: nn.Conv2d) -> bool:
    """Whether a convolution gives as many rows and columns as it takes, whatever their number."""
    sides = [int(2 * pad) for pad in convolution.padding if not isinstance(pad, str)]
    needed = [step * (side - 1) for step, side in zip(convolution.dilation, convolution.kernel_size, strict=True)]
    return set(convolution.stride) == {1} and (convolution.padding == "same" or sides == needed)


def caught_by_names(names: list[str], block: str) -> set[str]:
    """The tensors of a block that algorithm 1 takes, by the study's four patterns in Lucid's names."""
    patterns = ("1x1_w", "3x3_w", "5x5_w", "pool_reduce_w")
    return {
        name
        for name in names
        if name.startswith(block) and not name.endswith("_b") and any(each in name for each in patterns)
    }


def _kernel(layer: Layer) -> list[int]:
    assert layer.kernel is not None
    assert layer.stride is not None
    return [layer.kernel[0], layer.stride[0]]


def _output(layer: Layer) -> list[int]:
    return [layer.positions[0], layer.units]


def _depth(known: dict[str, Layer], block: str) -> int:
    """Convolutions on the longest way through a block."""
    return max(1 + (f"{block}_{branch}_bottleneck" in known) for branch in ("1x1", "3x3", "5x5", "pool_reduce"))
