"""Independent components of the patches that excite a unit most (section 2.2), and what else sums patches up.

The patches are the samples, their pixels the variables; a component is a column of the mixing matrix, and every patch a
weighted sum of such pictures (the "ICA bases" of the study). FastICA whitens by a principal component analysis to as
many components as are asked for, so independent and principal components span one space. Sign and order mean nothing.
"""

from __future__ import annotations

import warnings
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from helpers.errors import BadInput
from helpers.metrics.images import luminance

MOST_STEPS = 400  # of FastICA; it stops earlier where it converges
TOLERANCE = 1e-4

Patches = Float[Tensor, "patch channel height width"]
Method = Literal["independent", "principal", "k-means", "patches"]


class ComponentsError(BadInput):
    """Patches that do not have as many components as are asked for."""


class Components(NamedTuple):
    """Pictures that sum patches up; without convergence they are what the last step left."""

    pictures: Float[Tensor, "component channel height width"]
    converged: bool


def components(patches: Patches, *, count: int, seed: int, method: Method = "independent") -> Components:
    """The pictures that sum up patches of one unit.

    patches: grey (one channel), or all channels together.
    count: the number of components.
    seed: of the first guess of FastICA and k-means, and of the choice of patches.
    method: "independent" (FastICA of scikit-learn), "principal" (PCA), "k-means" (centres of clusters, minus the mean),
    or "patches" (some of the patches, minus the mean): what the components are compared with.

    Raises ComponentsError if patches or pixels are too few, or too much alike, for this number of components.
    """
    rows = patches.double().flatten(1).cpu().numpy()
    centred = rows - rows.mean(axis=0) if len(rows) else rows
    rank = int(np.linalg.matrix_rank(centred)) if len(rows) else 0
    if rank < count:
        raise ComponentsError(
            f"{len(rows)} patches of {rows.shape[1]} values have {rank} components at most, not {count}."
        )
    pictures, converged = _METHODS[method](centred, count, seed)
    return Components(torch.from_numpy(pictures).reshape(count, *patches.shape[1:]), converged)


def by_channel(patches: Patches, *, count: int, seed: int) -> Components:
    """Independent components of each channel by itself, put together as the study does.

    The k-th component of one channel has nothing to do with the k-th of another: order and sign are arbitrary.
    """
    found = [components(patches[:, [channel]], count=count, seed=seed) for channel in range(patches.shape[1])]
    return Components(torch.cat([each.pictures for each in found], dim=1), all(each.converged for each in found))


def grey(patches: Patches) -> Float[Tensor, "patch 1 height width"]:
    """The luminance of RGB patches, one channel."""
    return luminance(patches)[:, None]


def as_8_bit(
    pictures: Float[Tensor, "component channel height width"],
) -> UInt8[Tensor, "component channel height width"]:
    """Every picture stretched to 0..255 and rounded; one without contrast is 0."""
    low, high = (end(pictures, dim=(1, 2, 3), keepdim=True) for end in (torch.amin, torch.amax))
    scale = torch.where(high > low, high - low, torch.ones_like(high))
    return ((pictures - low) / scale * 255).round().to(torch.uint8)


def _independent(rows: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, bool]:
    from sklearn.decomposition import FastICA  # imported here because it takes a second
    from sklearn.exceptions import ConvergenceWarning

    ica = FastICA(count, whiten="unit-variance", random_state=seed, max_iter=MOST_STEPS, tol=TOLERANCE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        ica.fit(rows)
    return np.ascontiguousarray(ica.mixing_.T), not any(issubclass(w.category, ConvergenceWarning) for w in caught)


def _principal(rows: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, bool]:
    _, spread, directions = np.linalg.svd(rows, full_matrices=False)
    return directions[:count] * spread[:count, None] / np.sqrt(len(rows)), True


def _centres(rows: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, bool]:
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=4, random_state=seed).fit(rows).cluster_centers_, True


def _some(rows: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, bool]:
    return rows[np.random.default_rng(seed).permutation(len(rows))[:count]], True


_METHODS = {"independent": _independent, "principal": _principal, "k-means": _centres, "patches": _some}
