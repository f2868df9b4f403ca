"""Equations 1 and 2 of probing in numbers: a layer as a matrix, a pooling as a sub-permutation (section 2)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import max_pool2d


def matrix_difference(convolution: nn.Conv2d, *, side: int, seed: int) -> float:
    """Largest difference between a convolution and its matrix of n_i × n_(i-1), over the largest value.

    The maps have ``side`` × ``side`` positions. Column k of the matrix is what the convolution, without its bias, makes
    of the k-th unit vector; matrix and bias are then applied to a map of noise.
    """
    inputs = convolution.in_channels * side**2
    with torch.no_grad():
        bias = convolution(torch.zeros(1, convolution.in_channels, side, side))
        basis = torch.eye(inputs).view(inputs, convolution.in_channels, side, side)
        matrix = (convolution(basis) - bias).flatten(1).T  # (n_i, n_(i-1))
        x = torch.randn(1, convolution.in_channels, side, side, generator=torch.Generator().manual_seed(seed))
        expected = convolution(x).flatten()
    if matrix.shape != (len(expected), inputs):
        return float("inf")
    return float((matrix @ x.flatten() + bias.flatten() - expected).abs().max() / expected.abs().max())


def is_sub_permutation(pool: nn.MaxPool2d, plane: Float[Tensor, "row column"]) -> bool:
    """Whether the matrix of a map's maxima has one 1 in each row, at most one in a column, and pools the map."""
    pooled, places = max_pool2d(
        plane[None, None], pool.kernel_size, pool.stride, pool.padding, pool.dilation, return_indices=True
    )
    matrix = torch.zeros(places.numel(), plane.numel())
    matrix[torch.arange(places.numel()), places.flatten()] = 1
    rows, columns = matrix.sum(dim=1), matrix.sum(dim=0)
    pools = torch.equal(matrix @ plane.flatten(), pooled.flatten())
    return pools and bool((rows == 1).all()) and bool((columns <= 1).all())
