"""Independent components of the patches that excite a unit most (section 2.2), and what else sums patches up.

The patches are the samples, their pixels the variables; a component is a column of the mixing matrix, and every patch a
weighted sum of such pictures (the "ICA bases" of the study). FastICA whitens by a principal component analysis to as
many components as are asked for, so independent and principal components span one space. Sign and order mean nothing.

Everything takes patches of one unit, or of many units or draws of the same shape at once, which is much faster.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from helpers.metrics.images import luminance
from helpers.studies.conceptual_content.fast_ica import Whitened, fast_ica, first_guess, whitened

MOST_STEPS = 400  # of FastICA; it stops earlier where it converges
TOLERANCE = 1e-4

Patches = Float[Tensor, "*set patch channel height width"]
Method = Literal["independent", "principal", "k-means", "patches"]


class Components(NamedTuple):
    """Pictures that sum patches up; without convergence they are what the last step left.

    Patches (or pixels) that are too few, or too much alike, for the number of components have NaN, not converged.
    """

    pictures: Float[Tensor, "*set component channel height width"]
    converged: Bool[Tensor, "*set"]

    @property
    def there(self) -> Bool[Tensor, "*set"]:
        """Whether there are so many components."""
        return ~self.pictures.flatten(-4).isnan().any(dim=-1)


def components(patches: Patches, *, count: int, seed: int, method: Method = "independent") -> Components:
    """The pictures that sum up the patches of each set.

    patches: grey (one channel), or all channels together.
    count: the number of components.
    seed: of the first guess of FastICA and k-means, and of the choice of patches.
    method: "independent" (FastICA), "principal" (PCA), "k-means" (centres of clusters, minus the mean), or "patches"
    (some of the patches, minus the mean): what the components are compared with.
    """
    *sets, number, channels, height, width = patches.shape
    rows = patches.double().reshape(-1, number, channels * height * width).cpu()
    rows = rows - rows.mean(dim=1, keepdim=True)
    pictures = torch.full((len(rows), count, rows.shape[2]), torch.nan, dtype=torch.double)
    converged = torch.zeros(len(rows), dtype=torch.bool)
    if count <= min(rows.shape[1:]):
        white = whitened(rows, count)
        there = (white.rank >= count).nonzero()[:, 0]
        if len(there):
            chosen = Whitened(*(each[there] for each in white))
            pictures[there], converged[there] = _METHODS[method](rows[there], chosen, count, seed)
    return Components(pictures.reshape(*sets, count, channels, height, width), converged.reshape(sets))


def by_channel(patches: Patches, *, count: int, seed: int) -> Components:
    """Independent components of each channel by itself, put together as the study does.

    The k-th component of one channel has nothing to do with the k-th of another: order and sign are arbitrary.
    """
    apart = patches.movedim(-3, 0)[..., None, :, :]  # (channel, *set, patch, 1, height, width)
    found = components(apart, count=count, seed=seed)
    return Components(found.pictures[..., 0, :, :].movedim(0, -3), found.converged.all(dim=0))


def grey(patches: Patches) -> Float[Tensor, "*set patch 1 height width"]:
    """The luminance of RGB patches, one channel."""
    return luminance(patches)[..., None, :, :]


def as_8_bit(
    pictures: Float[Tensor, "component channel height width"],
) -> UInt8[Tensor, "component channel height width"]:
    """Every picture stretched to 0..255 and rounded; one without contrast is 0."""
    low, high = (end(pictures, dim=(1, 2, 3), keepdim=True) for end in (torch.amin, torch.amax))
    scale = torch.where(high > low, high - low, torch.ones_like(high))
    return ((pictures - low) / scale * 255).round().to(torch.uint8)


def _independent(rows: Tensor, white: Whitened, count: int, seed: int) -> tuple[Tensor, Tensor]:
    found = fast_ica(white, first_guess(count, seed), steps=MOST_STEPS, tolerance=TOLERANCE)
    return found.mixing, found.converged


def _principal(rows: Tensor, white: Whitened, count: int, seed: int) -> tuple[Tensor, Tensor]:
    return white.pictures / rows.shape[1] ** 0.5, torch.ones(len(rows), dtype=torch.bool)


def _centres(rows: Tensor, white: Whitened, count: int, seed: int) -> tuple[Tensor, Tensor]:
    from sklearn.cluster import KMeans  # imported here because it takes a second

    centres = [KMeans(count, n_init=1, random_state=seed).fit(each.numpy()).cluster_centers_ for each in rows]
    return torch.stack([torch.from_numpy(each) for each in centres]), torch.ones(len(rows), dtype=torch.bool)


def _some(rows: Tensor, white: Whitened, count: int, seed: int) -> tuple[Tensor, Tensor]:
    order = torch.randperm(rows.shape[1], generator=torch.Generator().manual_seed(seed))
    return rows[:, order[:count]], torch.ones(len(rows), dtype=torch.bool)


_METHODS = {"independent": _independent, "principal": _principal, "k-means": _centres, "patches": _some}
