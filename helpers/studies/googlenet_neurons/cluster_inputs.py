"""What clusters are sought in: a set of kernels, normalised as the study says, and sets without clusters beside it.

A set is all kernels of one size of one layer, (unit, channel, row, column). "Averaged" kernels are means over the
channels. Controls: "random" has Gaussian weights of the same mean and variance, "shuffled" the same kernels with the
positions within each kernel shuffled, and "one cloud" averaged kernels from a Gaussian of their mean and covariance.
Whole kernels have the cloud in their own space, and a fourth control: "channels" puts each unit's kernels into another
order, so that each keeps its shape and two units no longer read the same channels in the same way.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.models.initialisation import matched_gaussian
from helpers.randomness import generator

CONTROLS = ("random", "shuffled", "one cloud")
OF_WHOLE = (*CONTROLS, "channels")  # of whole kernels

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


def table_of_spectral_norms(kernels: Kernels) -> Float[Tensor, "unit unit"]:
    """The largest singular value of the difference of every pair, as matrices of (position, channel)."""
    matrix = kernels.double().flatten(2).transpose(1, 2)  # (unit, position, channel)
    own = matrix @ matrix.transpose(1, 2)
    found = torch.zeros(len(matrix), len(matrix), dtype=torch.double)
    for unit, each in enumerate(matrix):
        cross = each @ matrix.transpose(1, 2)  # (other, position of the unit, position of the other)
        grams = own[unit] + own - cross - cross.transpose(1, 2)  # of the differences
        found[unit] = torch.linalg.eigvalsh(grams)[:, -1].clamp(min=0).sqrt()
    return found.fill_diagonal_(0)


def control_kernels(kernels: Kernels, control: str, *, name: str, draw: int, seed: int) -> Kernels:
    """A draw of a control of ``OF_WHOLE``; name: of the set. It depends on the name, the draw and the seed."""
    if control == "random":
        return matched_gaussian(kernels, layer=f"{name}, draw {draw}", seed=seed)
    if control == "one cloud":
        flat = normalised(kernels).flatten(1)
        return one_cloud(flat, name=f"whole {name}", draw=draw, seed=seed).reshape(kernels.shape)
    if control == "channels":
        random = torch.rand(kernels.shape[:2], generator=generator(seed, f"channels {name} {draw}"))
        return kernels.gather(1, random.argsort(dim=1)[:, :, None, None].expand_as(kernels))
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
