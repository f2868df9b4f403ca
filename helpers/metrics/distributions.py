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

_AT_ONCE = 1 << 15  # values sorted together: what is made of them fits into a processor's cache
_PLACE_BITS = 31  # beside a value's 32 in a key
_PLACE = (1 << _PLACE_BITS) - 1
_LOWEST = -(1 << 31)


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
    labels = [each.numpy().astype(np.int32) for each in groupings]
    counts = [int(each.max()) + 1 for each in groupings]
    largest = [np.zeros((len(flat), count, count), dtype=np.int32) for count in counts]

    step = max(1, _AT_ONCE // flat.shape[1])

    def of_share(share: range) -> None:
        keys = np.empty((step, flat.shape[1]), dtype=np.int64)  # used again and again
        for first in range(share.start, share.stop, step):
            part = slice(first, min(first + step, share.stop))
            own = keys[: part.stop - part.start]
            _making_keys()(flat[part].view(np.int32), own)
            own.sort(axis=1)
            for label, count, found in zip(labels, counts, largest, strict=True):
                _counting(count)(own, label, found[part])

    threads = torch.get_num_threads()
    shares = [range(len(flat) * k // threads, len(flat) * (k + 1) // threads) for k in range(threads)]
    with ThreadPoolExecutor(threads) as pool:  # neither sorting nor counting holds Python's lock
        list(pool.map(of_share, shares))
    found = []
    for count, size, each in zip(counts, sizes, largest, strict=True):
        first, second = np.array(pairs or list(combinations(range(count), 2))).T
        gaps = np.maximum(each[:, first, second], each[:, second, first])
        found.append(torch.from_numpy(gaps / size).reshape(*values.shape[:-1], -1))
    return found


def _size(grouping: Int[Tensor, " value"]) -> int:
    """How many values each sample of a grouping has."""
    sizes = grouping.bincount() if len(grouping) else grouping
    if len(sizes) < 2 or not sizes.all():
        raise SamplesError(f"A distance takes 2 samples or more, of one value or more each; got {sizes.tolist()}.")
    if len(set(sizes.tolist())) > 1:
        raise SamplesError(f"Samples are of equal size to be compared here; got {sizes.tolist()} values.")
    return int(sizes[0])


# numba is imported in these functions because that takes half a second. What checks shapes in tests is unwrapped.
@cache
def _making_keys() -> Callable[..., Any]:
    """Machine code that makes keys in the order of the values, from their bits: the value above, its place below."""
    import numba

    def make(bits: NDArray[np.int32], keys: NDArray[np.int64]) -> None:
        for one in range(bits.shape[0]):
            for place in range(bits.shape[1]):
                number = np.int64(bits[one, place])
                if number < 0:  # a negative value: the larger its bits, the smaller it is; -0 becomes 0
                    number = _LOWEST - number
                keys[one, place] = (number << _PLACE_BITS) | place

    compiled: Callable[..., Any] = numba.njit(nogil=True)(inspect.unwrap(make))
    return compiled


@cache
def _counting(samples: int) -> Callable[..., Any]:
    """Machine code that walks through each set's values in order, counts those of each of so many samples, and keeps by
    how many one sample was ahead of another at most: (set, sample, other sample).

    One sample is farthest ahead of another just after a value of its own, or at the end of equal values.
    """
    import numba

    def count(keys: NDArray[np.int64], label: NDArray[np.int32], largest: NDArray[np.int32]) -> None:
        counts = np.zeros(samples, np.int32)
        ahead = np.zeros((samples, samples), np.int32)
        last = keys.shape[1] - 1
        for one in range(keys.shape[0]):
            counts[:] = 0
            ahead[:] = 0
            alone = True
            for place in range(last + 1):
                key = keys[one, place]
                own = label[key & _PLACE]
                counts[own] += 1
                if place < last and (key ^ keys[one, place + 1]) >> _PLACE_BITS == 0:
                    alone = False
                elif alone:
                    for other in range(samples):
                        ahead[own, other] = max(ahead[own, other], counts[own] - counts[other])
                else:
                    for each in range(samples):
                        for other in range(samples):
                            ahead[each, other] = max(ahead[each, other], counts[each] - counts[other])
                    alone = True
            largest[one] = ahead

    compiled: Callable[..., Any] = numba.njit(nogil=True)(inspect.unwrap(count))
    return compiled
