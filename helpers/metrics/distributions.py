"""How far apart distributions are: the two-sample Kolmogorov-Smirnov distance of all pairs of samples at once.

The distance is the largest difference between the shares of two samples that lie at or below a number. All samples that
are compared are sorted together once, each value with its place: every pair's largest difference then stands between
two neighbouring values of that one order. No value is approximated, and equal values count as equal.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from helpers.errors import BadInput

_AT_ONCE = 1 << 16  # values sorted together: what is made of them fits into a processor's cache
_PLACE_BITS = 31  # beside a value's 32 in a key
_PLACE = (1 << _PLACE_BITS) - 1


class SamplesError(BadInput):
    """Samples that have no distance."""


def ks_distances(
    samples: Float[Tensor, "*rest sample value"], *, pairs: Sequence[tuple[int, int]] | None = None
) -> Float[Tensor, "*rest pair"]:
    """The Kolmogorov-Smirnov distance, 0 to 1, of each pair of samples of equal size; in float64.

    samples: finite values in float32 or a type that float32 holds exactly.
    pairs: which samples are compared; all pairs in the order (0, 1), (0, 2), ..., (1, 2), ... if none are given.

    Equal to SciPy's ``ks_2samp(a, b).statistic`` for each pair. Torch's threads share the work.

    Raises SamplesError for fewer than two samples, empty samples, float64, and values that are not finite.
    """
    count, size = samples.shape[-2:]
    groups = torch.arange(count).repeat_interleave(size)
    return ks_distances_of_groups(samples.flatten(-2), [groups], pairs=pairs)[0]


def ks_distances_of_groups(
    values: Float[Tensor, "*rest value"],
    groupings: Sequence[Int[Tensor, " value"]],
    *,
    pairs: Sequence[tuple[int, int]] | None = None,
) -> list[Float[Tensor, "*rest pair"]]:
    """As :func:`ks_distances`, of the same values grouped in several ways, for which they are sorted only once.

    groupings: in each, the number of the sample to which each value belongs, from 0; all samples are of equal size.

    Raises SamplesError also for samples of unequal size.
    """
    sizes = [_size(each) for each in groupings]
    if values.dtype == torch.float64:
        raise SamplesError("The samples are in float64; their order is taken in float32, which would make some equal.")
    if not values.isfinite().all():
        raise SamplesError("The samples hold values that are not finite; they have no place in an order.")
    flat = values.detach().float().cpu().reshape(-1, values.shape[-1]).numpy()
    chosen = [np.array(pairs or list(combinations(range(int(each.max()) + 1), 2))) for each in groupings]
    labels = [each.numpy().astype(np.int32) for each in groupings]
    gaps = [np.zeros((len(flat), len(each)), dtype=np.int32) for each in chosen]
    count = _compiled()

    def of_part(part: slice) -> None:
        keys = _sorted(flat[part])
        for label, compared, gap in zip(labels, chosen, gaps, strict=True):
            count(keys, label, compared, np.zeros(label.max() + 1, dtype=np.int32), gap[part])

    step = max(1, _AT_ONCE // flat.shape[1])
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # neither sorting nor counting holds Python's lock
        list(pool.map(of_part, [slice(first, first + step) for first in range(0, len(flat), step)]))
    rest = values.shape[:-1]
    return [torch.from_numpy(gap / size).reshape(*rest, -1) for gap, size in zip(gaps, sizes, strict=True)]


def _size(grouping: Int[Tensor, " value"]) -> int:
    """How many values each sample of a grouping has."""
    sizes = grouping.bincount() if len(grouping) else grouping
    if len(sizes) < 2 or not sizes.all():
        raise SamplesError(f"A distance takes 2 samples or more, of one value or more each; got {sizes.tolist()}.")
    if len(set(sizes.tolist())) > 1:
        raise SamplesError(f"Samples are of equal size to be compared here; got {sizes.tolist()} values.")
    return int(sizes[0])


def _sorted(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Keys in the order of the values of each set: a value as a whole number of the same order, then its place."""
    bits = (values + np.float32(0)).view(np.int32)  # + 0 makes -0 the 0 that it equals
    ordered = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)
    ordered <<= _PLACE_BITS
    ordered |= np.arange(values.shape[1])
    ordered.sort(axis=1)
    return ordered


def _count(
    keys: NDArray[np.int64],
    label: NDArray[np.int32],
    pairs: NDArray[np.int64],
    counts: NDArray[np.int32],
    largest: NDArray[np.int32],
) -> None:
    """Walk through each set's values in order, count each sample's, and keep each pair's largest difference.

    counts: room for a number per sample. largest: (set, pair), where the differences go.
    """
    for one in range(keys.shape[0]):
        counts[:] = 0
        row = keys[one]
        last = row.shape[0] - 1
        for place in range(row.shape[0]):
            counts[label[row[place] & _PLACE]] += 1
            if place < last and row[place] >> _PLACE_BITS == row[place + 1] >> _PLACE_BITS:
                continue  # among equal values the counts are not complete
            for pair in range(pairs.shape[0]):
                gap = abs(counts[pairs[pair, 0]] - counts[pairs[pair, 1]])
                if gap > largest[one, pair]:
                    largest[one, pair] = gap


@cache
def _compiled() -> Callable[..., Any]:
    """``_count`` as machine code; numba is imported here because that takes half a second."""
    import numba

    compiled: Callable[..., Any] = numba.njit(nogil=True)(inspect.unwrap(_count))  # without what checks shapes in tests
    return compiled
