"""Inception V1 (Szegedy et al.), the network of the GoogLeNet study: in Caffe's form, and in that of Lucid.

torchvision's ``googlenet`` is another network: batch normalisation instead of local response normalisation, and 3 × 3
kernels where the paper has 5 × 5.
"""

from __future__ import annotations

from typing import NamedTuple, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.models.normalisation import LocalResponseNorm


class _Block(NamedTuple):
    """Channels of the branches of an inception block."""

    one: int
    three_bottleneck: int
    three: int
    five_bottleneck: int
    five: int
    pool_reduce: int


BLOCKS = {
    "mixed3a": _Block(64, 96, 128, 16, 32, 32),
    "mixed3b": _Block(128, 128, 192, 32, 96, 64),
    "mixed4a": _Block(192, 96, 208, 16, 48, 64),
    "mixed4b": _Block(160, 112, 224, 24, 64, 64),
    "mixed4c": _Block(128, 128, 256, 24, 64, 64),
    "mixed4d": _Block(112, 144, 288, 32, 64, 64),
    "mixed4e": _Block(256, 160, 320, 32, 128, 128),
    "mixed5a": _Block(256, 160, 320, 32, 128, 128),
    "mixed5b": _Block(384, 192, 384, 48, 128, 128),
}
# Where the network that Lucid published differs (its mixed4a has 508 units).
_LUCID_BLOCKS = {"mixed4a": _Block(192, 96, 204, 16, 48, 64), "mixed5a": _Block(256, 160, 320, 48, 128, 128)}
_POOL_BEFORE = {"mixed4a": "maxpool4", "mixed5a": "maxpool10"}


class Concatenation(nn.Module):
    """The channels of several branches behind each other: a layer of its own, so that it can be recorded."""

    @no_type_check  # tracing passes stand-ins for tensors
    def forward(self, *branches: Float[Tensor, "image _ height width"]) -> Float[Tensor, "image channel height width"]:
        return torch.cat(branches, 1)


class GoogLeNet(nn.Module):
    """The main branch of Inception V1, without the auxiliary heads; images in, logits out.

    Layers have the names that the study and Lucid use, all at the top: ``conv2d0``, ``conv2d1``, ``conv2d2``, and for
    every block from ``mixed3a`` to ``mixed5b`` the branches ``mixed3a_1x1``, ``mixed3a_3x3_bottleneck``,
    ``mixed3a_3x3``, ``mixed3a_5x5_bottleneck``, ``mixed3a_5x5``, ``mixed3a_pool``, ``mixed3a_pool_reduce`` and, named
    ``mixed3a``, the concatenation of 1x1, 3x3, 5x5 and pool_reduce in this order. As in Lucid these names mean the
    values after the ReLU; the convolution before it, which owns the kernels, has ``_pre_relu`` appended:
    ``mixed3a_3x3_pre_relu.weight``. Between them stand ``maxpool0``, ``localresponsenorm0``, ``localresponsenorm1``,
    ``maxpool1``, ``maxpool4`` and ``maxpool10``; at the end ``avgpool``, ``flatten``, ``fc``.

    ``width`` scales all channels. ``variant`` is "caffe" (BVLC's network) or "lucid" (other padding at the entrance,
    another normalisation, a few other channels, 1,008 classes; the network of which the study gives unit numbers).

    Input: (image, 3, height, width), at least 32 × 32; output: (image, class).
    Raises ValueError for a width that leaves a branch without channels, or an unknown variant.
    """

    def __init__(self, *, width: float = 1.0, classes: int = 1000, variant: str = "caffe") -> None:
        super().__init__()
        if variant not in ("caffe", "lucid"):
            raise ValueError(f"variant is {variant!r}; allowed are caffe and lucid")
        if round(16 * width) < 1:
            raise ValueError(
                f"width is {width}, which leaves a branch without channels; 0.05 is enough, 1 is the study's"
            )
        stem = [round(channels * width) for channels in (64, 64, 192)]
        caffe = variant == "caffe"

        if not caffe:  # TensorFlow's "same" padding: the odd pixel goes to the right and below
            self.conv2d0_pad = nn.ZeroPad2d((2, 3, 2, 3))
        self._unit("conv2d0", nn.Conv2d(3, stem[0], 7, stride=2, padding=3 if caffe else 0))
        self.maxpool0 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.localresponsenorm0 = _normalisation(caffe)
        self._unit("conv2d1", nn.Conv2d(stem[0], stem[1], 1))
        self._unit("conv2d2", nn.Conv2d(stem[1], stem[2], 3, padding=1))
        self.localresponsenorm1 = _normalisation(caffe)
        self.maxpool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        inputs = stem[2]
        for name, full in (BLOCKS if caffe else BLOCKS | _LUCID_BLOCKS).items():
            if name in _POOL_BEFORE:
                self.add_module(_POOL_BEFORE[name], nn.MaxPool2d(3, 2, ceil_mode=True))
            inputs = self._block(name, inputs, _Block(*(round(channels * width) for channels in full)))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(inputs, classes)

    def _unit(self, name: str, convolution: nn.Conv2d) -> None:
        self.add_module(f"{name}_pre_relu", convolution)
        self.add_module(name, nn.ReLU())

    def _block(self, name: str, inputs: int, block: _Block) -> int:
        """Add a block's layers; how many channels it gives out."""
        self._unit(f"{name}_1x1", nn.Conv2d(inputs, block.one, 1))
        self._unit(f"{name}_3x3_bottleneck", nn.Conv2d(inputs, block.three_bottleneck, 1))
        self._unit(f"{name}_3x3", nn.Conv2d(block.three_bottleneck, block.three, 3, padding=1))
        self._unit(f"{name}_5x5_bottleneck", nn.Conv2d(inputs, block.five_bottleneck, 1))
        self._unit(f"{name}_5x5", nn.Conv2d(block.five_bottleneck, block.five, 5, padding=2))
        self.add_module(f"{name}_pool", nn.MaxPool2d(3, 1, padding=1))
        self._unit(f"{name}_pool_reduce", nn.Conv2d(inputs, block.pool_reduce, 1))
        self.add_module(name, Concatenation())
        return block.one + block.three + block.five + block.pool_reduce

    @no_type_check  # tracing passes stand-ins for tensors
    def forward(self, x: Float[Tensor, "image 3 height width"]) -> Float[Tensor, "image class"]:
        if hasattr(self, "conv2d0_pad"):
            x = self.conv2d0_pad(x)
        x = self.localresponsenorm0(self.maxpool0(self._run("conv2d0", x)))  # (image, 64, height / 4, width / 4)
        x = self._run("conv2d2", self._run("conv2d1", x))
        x = self.maxpool1(self.localresponsenorm1(x))  # (image, 192, height / 8, width / 8)
        for block in BLOCKS:
            if block in _POOL_BEFORE:
                x = getattr(self, _POOL_BEFORE[block])(x)  # to height / 16, then height / 32
            x = self._mixed(block, x)
        return self.fc(self.flatten(self.avgpool(x)))

    @no_type_check
    def _run(self, unit: str, x: Tensor) -> Tensor:
        return getattr(self, unit)(getattr(self, f"{unit}_pre_relu")(x))

    @no_type_check
    def _mixed(self, block: str, x: Tensor) -> Tensor:
        one = self._run(f"{block}_1x1", x)
        three = self._run(f"{block}_3x3", self._run(f"{block}_3x3_bottleneck", x))
        five = self._run(f"{block}_5x5", self._run(f"{block}_5x5_bottleneck", x))
        pool = self._run(f"{block}_pool_reduce", getattr(self, f"{block}_pool")(x))
        return getattr(self, block)(one, three, five, pool)


def in_identities(layer: str) -> str:
    """How a layer stands in the identity of its units: a branch below its block, ``mixed4b_5x5`` as ``mixed4b/5x5``."""
    block, mark, branch = layer.partition("_")
    return f"{block}/{branch}" if mark and block in BLOCKS else layer


def _normalisation(caffe: bool) -> LocalResponseNorm:
    return LocalResponseNorm(5, 1e-4, 0.75, 1.0) if caffe else LocalResponseNorm(9, 1e-4, 0.5, 1.0)
