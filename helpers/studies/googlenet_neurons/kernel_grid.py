"""Patches of images on the grid of a kernel: where the contrast of what a unit sees lies among its kernel's cells."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from helpers.hooks.layer_table import Layer
from helpers.metrics.similarity import correlation

_LUMINANCE = (0.299, 0.587, 0.114)


def contrast_on_grid(
    patches: Float[Tensor, "patch 3 row column"], *, cells: tuple[int, int]
) -> Float[Tensor, "down across"]:
    """The mean over patches of the absolute deviation of luminance from the patch's mean, averaged in each cell."""
    grey = (patches * patches.new_tensor(_LUMINANCE)[:, None, None]).sum(1, keepdim=True)
    deviation = (grey - grey.mean((2, 3), keepdim=True)).abs()
    return adaptive_avg_pool2d(deviation, cells).mean((0, 1))


def cells_window(
    layer: Layer, position: Int[Tensor, "*rest 2"], *, cells: int, size: int
) -> tuple[Int[Tensor, "*rest 2"], int]:
    """The square of the image over which the cells of a unit's kernel lie: its corners, and its side in pixels.

    cells: the kernel's rows or columns. size: the side of the image, inside which the squares are moved.
    """
    field = layer.receptive_field
    if field is None:
        return torch.zeros_like(position), size
    jump = torch.tensor([float(each) for each in field.jump], dtype=torch.double)
    cell = float(jump.max()) / max(layer.stride or (1, 1))  # pixels between neighbouring inputs
    side = min(size, max(cells, round(cells * cell)))
    middle = torch.tensor(field.start, dtype=torch.double) + torch.tensor(field.size, dtype=torch.double) / 2
    corner = (middle + position.double() * jump - side / 2).round().long()
    return corner.clamp(0, size - side), side


def ring(rows: int, columns: int) -> Float[Tensor, "row column"]:
    """1 on the circle inside a square of cells, 0 in its middle and its corners."""
    y, x = torch.linspace(-1, 1, rows)[:, None], torch.linspace(-1, 1, columns)[None]
    radius = (y**2 + x**2).sqrt()
    return ((radius > 0.45) & (radius < 1.2)).float()


def t_shape(rows: int, columns: int) -> Float[Tensor, "row column"]:
    """1 on the middle row and on the middle column above it: what runs from both sides to the top."""
    template = torch.zeros(rows, columns)
    template[rows // 2] = 1
    template[: rows // 2, columns // 2] = 1
    return template


def diagonal(rows: int, columns: int, *, both: bool = False) -> Float[Tensor, "row column"]:
    """1 on the falling diagonal; with ``both`` on the rising one, too."""
    falling = torch.eye(rows, columns)
    return torch.maximum(falling, falling.flip(1)) if both else falling


def alike(
    cells: Shaped[Tensor, "*rest row column"], template: Shaped[Tensor, "row column"], *, sign: bool = True
) -> Float[Tensor, "*rest"]:
    """The correlation of maps of cells with a template; without ``sign`` the larger one of both mirror images."""
    found = correlation(cells.flatten(-2).float(), template.flatten().float())
    if sign:
        return found
    return torch.maximum(found, correlation(cells.flatten(-2).float(), template.flip(1).flatten().float()))


def variance_against_mean(kernels: Float[Tensor, "unit channel row column"]) -> Float[Tensor, " unit"]:
    """The rank correlation over a kernel's positions of the absolute mean over channels with the variance over them."""
    mean, variance = kernels.mean(1).abs().flatten(1), kernels.var(1, correction=0).flatten(1)
    return correlation(_ranks(mean), _ranks(variance))


def shuffled_positions(
    kernels: Float[Tensor, "unit channel row column"], generator: torch.Generator
) -> Float[Tensor, "unit channel row column"]:
    """The same values, those of each kernel (one channel of one unit) at other positions."""
    flat = kernels.flatten(2)
    order = torch.rand(flat.shape, generator=generator).argsort(-1)
    return flat.gather(-1, order).view_as(kernels)


def _ranks(values: Float[Tensor, "unit position"]) -> Float[Tensor, "unit position"]:
    return values.argsort(dim=1, stable=True).argsort(dim=1, stable=True).float()
