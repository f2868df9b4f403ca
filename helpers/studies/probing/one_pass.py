"""Everything that page 1 counts of VGG16's activations, from one pass of the images (probing, sections 2 and 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d
from tqdm import tqdm

from helpers.hooks.recording import record
from helpers.models.vgg import BLOCKS

LAYERS = [f"relu{block}_{n}" for block, (count, _) in enumerate(BLOCKS, 1) for n in range(1, count + 1)]
POOLINGS = [f"pool{block}" for block in range(1, len(BLOCKS) + 1)]
_BEFORE = [f"relu{block}_{count}" for block, (count, _) in enumerate(BLOCKS, 1)]  # the layer in front of each pooling
_SIDE = 7  # positions a side that are kept of layer 13


class Activity(NamedTuple):
    """Shares per image; layers are the study's 1 to 13, poolings those behind layers 2, 4, 7, 10 and 13."""

    share: Float[Tensor, "image layer"]  # of the activations that are above 0: the mean share of units at a position
    somewhere: Float[Tensor, "image layer"]  # of the units that are active at one position of the image at least
    pooled: Float[Tensor, "image pooling"]  # of the activations behind a pooling that are above 0
    passed: Float[Tensor, "image pooling"]  # activations above 0 behind a pooling, over those before it
    code: Float[Tensor, "image number"]  # layer 13, averaged to 7 × 7 positions, all units


def one_pass(network: nn.Module, inputs: Iterable[Float[Tensor, "_ channel row column"]]) -> Activity:
    """Count the activations of a VGG16 (of any width) for these inputs, some at a time; nothing else is kept."""
    parts = []
    for part in tqdm(inputs, desc="activations", disable=None):
        with record(network, [*LAYERS, *POOLINGS], stop=True) as outputs:
            network(part)
        on = {name: output > 0 for name, output in outputs.items()}
        count = {name: active.sum(dim=(1, 2, 3)) for name, active in on.items()}
        share = {name: count[name] / on[name][0].numel() for name in on}
        pairs = zip(POOLINGS, _BEFORE, strict=True)
        parts.append(
            (
                torch.stack([share[name] for name in LAYERS], dim=1),
                torch.stack([on[name].flatten(2).any(dim=2).float().mean(dim=1) for name in LAYERS], dim=1),
                torch.stack([share[name] for name in POOLINGS], dim=1),
                torch.stack([count[behind] / count[before].clamp(min=1) for behind, before in pairs], dim=1),
                adaptive_avg_pool2d(outputs[LAYERS[-1]], _SIDE).flatten(1),
            )
        )
    return Activity(*(torch.cat(pieces).cpu() for pieces in zip(*parts, strict=True)))


def thinning(share: Float[Tensor, "image layer"]) -> Float[Tensor, " image"]:
    """How far a code thins out: the mean share in the last quarter of the layers, over that in the second quarter.

    In VGG16 these are layers 11 to 13 (block 5) and 5 to 7 (block 3).
    """
    layers = share.shape[1]
    quarter = max(1, layers // 4)
    second = share[:, round(layers * 0.3) :][:, :quarter]
    return share[:, -quarter:].mean(dim=1) / second.mean(dim=1).clamp(min=1e-9)


def derivative_energy(kernels: Float[Tensor, "unit colour 3 3"]) -> Float[Tensor, " unit"]:
    """Of a kernel's energy that is not constant in space, the share in first derivatives, across and down.

    Of the nine directions of a 3 × 3 patch one is constant and two are the derivatives (Prewitt's), so that a kernel
    of noise has a quarter of it there.
    """
    step = torch.tensor([-1.0, 0.0, 1.0]).expand(3, 3) / 6**0.5  # of length 1
    derivatives = torch.stack([step, step.T]).to(kernels)
    change = kernels - kernels.mean(dim=(2, 3), keepdim=True)
    along = torch.einsum("ucij,dij->ucd", change, derivatives).square().sum(dim=(1, 2))
    return along / change.square().sum(dim=(1, 2, 3)).clamp(min=1e-12)
