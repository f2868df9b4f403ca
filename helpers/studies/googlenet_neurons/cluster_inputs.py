"""What clusters are sought in: a set of kernels, normalised as the study says, and sets without clusters beside it.

A set is all kernels of one size of one layer, (unit, channel, row, column). "Averaged" kernels are means over the
channels. Controls: "random" has Gaussian weights of the same mean and variance, "shuffled" the same kernels with the
positions within each kernel shuffled, and "one cloud" averaged kernels from a Gaussian of their mean and covariance.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.models.initialisation import matched_gaussian
from helpers.randomness import generator

CONTROLS = ("random", "shuffled", "one cloud")
WHOLE = CONTROLS[:2]  # those that have kernels, not averaged ones alone

Kernels = Float[Tensor, "unit channel row column"]
Vectors = Float[Tensor, "unit axis"]


def normalised(kernels: Kernels) -> Kernels:
    """Each unit's weights with mean 0 and variance 1 (section 4.2.3.1); zeros for a unit whose weights are equal."""
    flat = kernels.double().flatten(1)
    spread = flat.std(dim=1, correction=0, keepdim=True)
    centred = flat - flat.mean(dim=1, keepdim=True)
    return (centred / spread.where(spread > 0, 1)).reshape(kernels.shape)


def averaged(kernels: Kernels) -> Vectors:
    """The mean over the channels, (unit, position)."""
    return kernels.double().mean(dim=1).flatten(1)


def table_of_distances(vectors: Vectors) -> Float[Tensor, "unit unit"]:
    """The Euclidean distance of every pair; for kernels, the Frobenius norm of their difference."""
    found = torch.cdist(vectors.double(), vectors.double(), compute_mode="donot_use_mm_for_euclid_dist")
    return found.fill_diagonal_(0)


def control_kernels(kernels: Kernels, control: str, *, name: str, draw: int, seed: int) -> Kernels:
    """A draw of a control of ``WHOLE``; name: of the set of kernels. It depends on the name, the draw and the seed."""
    if control == "random":
        return matched_gaussian(kernels, layer=f"{name}, draw {draw}", seed=seed)
    order = torch.rand(kernels.flatten(2).shape, generator=generator(seed, f"shuffled {name} {draw}")).argsort(dim=2)
    return kernels.flatten(2).gather(2, order).reshape(kernels.shape)


def one_cloud(vectors: Vectors, *, name: str, draw: int, seed: int) -> Vectors:
    """As many points from a Gaussian of the mean and covariance of these."""
    mean = vectors.double().mean(dim=0)
    _, spread, axes = torch.linalg.svd(vectors.double() - mean, full_matrices=False)
    noise = torch.randn(len(vectors), len(spread), generator=generator(seed, f"cloud {name} {draw}")).double()
    return mean + noise * (spread / len(vectors) ** 0.5) @ axes


def control_averages(kernels: Kernels, control: str, *, name: str, draw: int, seed: int) -> Vectors:
    """The averaged kernels, normalised by unit, of a draw of any of ``CONTROLS``."""
    if control == "one cloud":
        return one_cloud(averaged(normalised(kernels)), name=name, draw=draw, seed=seed)
    return averaged(normalised(control_kernels(kernels, control, name=name, draw=draw, seed=seed)))
