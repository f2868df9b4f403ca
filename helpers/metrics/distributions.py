"""How far apart distributions are: the two-sample Kolmogorov-Smirnov distance of all pairs of samples at once.

The distance is the largest difference between the shares of two samples that lie at or below a number. All samples that
are compared are sorted together once, each value with its place: every pair's largest difference then stands between
two neighbouring values of that one order. No value is approximated, and equal values count as equal.
"""

from __future__ import annotations

import inspect
import os
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
_MOST_IN_TABLE = 8  # samples; a table for more would not stay in a processor's cache
_LOWEST = -(1 << 31)
_EXPONENT = 0x7F800000  # all its bits are set in values that are not finite

Int32Array = NDArray[np.int32]


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
    labels = [each.numpy().astype(np.uint16) for each in groupings]
    sizes = [_size(each) for each in labels]
    counts = [int(each.max()) + 1 for each in labels]
    if values.dtype == torch.float64:
        raise SamplesError("The samples are in float64; their order is taken in float32, which would make some equal.")
    bits = values.detach().float().cpu().reshape(-1, values.shape[-1]).numpy().view(np.int32)
    largest = [np.zeros((len(bits), count, count), dtype=np.int32) for count in counts]
    step = max(1, _AT_ONCE // bits.shape[1])

    def of_share(share: range) -> bool:
        keys = np.empty((step, bits.shape[1]), dtype=np.int64)  # used again and again
        for first in range(share.start, share.stop, step):
            part = slice(first, min(first + step, share.stop))
            own = keys[: part.stop - part.start]
            if not _making_keys()(bits[part], own):
                return False
            own.sort(axis=1)
            for label, count, found in zip(labels, counts, largest, strict=True):
                _counting()(own, label, _leads(count), found[part])
        return True

    threads = torch.get_num_threads()
    shares = [range(len(bits) * k // threads, len(bits) * (k + 1) // threads) for k in range(threads)]
    # neither sorting nor counting holds Python's lock
    others = [_pool(threads, os.getpid()).submit(of_share, each) for each in shares[1:]]
    finite = [of_share(shares[0]), *(each.result() for each in others)]  # all have ended, whatever one found
    if not all(finite):
        raise SamplesError("The samples hold values that are not finite; they have no place in an order.")
    found = []
    for count, size, each in zip(counts, sizes, largest, strict=True):
        first, second = np.array(pairs or list(combinations(range(count), 2))).T
        gaps = np.maximum(each[:, first, second], each[:, second, first])
        found.append(torch.from_numpy(gaps / size).reshape(*values.shape[:-1], -1))
    return found


def _size(label: NDArray[np.uint16]) -> int:
    """How many values each sample of a grouping has."""
    sizes = np.bincount(label)
    if len(sizes) < 2 or not sizes.all():
        raise SamplesError(f"A distance takes 2 samples or more, of one value or more each; got {sizes.tolist()}.")
    if len(set(sizes.tolist())) > 1:
        raise SamplesError(f"Samples are of equal size to be compared here; got {sizes.tolist()} values.")
    return int(sizes[0])


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Threads that wait for more, as starting them takes as long as sorting; a fork of a process has none of them."""
    return ThreadPoolExecutor(threads)


@cache
def _leads(samples: int) -> NDArray[np.int8]:
    """How the lead of one sample over another moves in four values: (pair, which values, largest/smallest/last).

    The values are named by the samples they belong to, as digits of one number; the digit above all samples stands for
    no value. One look into this table counts four values, which is faster than counting each. It has no rows for so
    many samples that it would be large.
    """
    if samples > _MOST_IN_TABLE:
        return np.empty((0, 0, 0), dtype=np.int8)
    digits = np.stack(np.unravel_index(np.arange((samples + 1) ** 4), (samples + 1,) * 4), axis=-1)
    leads = [np.cumsum((digits == a) * 1 - (digits == b), axis=1) for a, b in combinations(range(samples), 2)]
    return np.stack([np.stack([each.max(1), each.min(1), each[:, -1]], axis=-1) for each in leads]).astype(np.int8)


# numba is imported in these functions because that takes half a second. What checks shapes in tests is unwrapped.
@cache
def _making_keys() -> Callable[..., Any]:
    """Machine code that makes keys in the order of the values, from their bits: the value above, its place below.

    It says whether all values are finite.
    """
    import numba

    def make(bits: Int32Array, keys: NDArray[np.int64]) -> bool:
        finite = True
        for one in range(bits.shape[0]):
            for place in range(bits.shape[1]):
                number = np.int64(bits[one, place])
                finite &= number & _EXPONENT != _EXPONENT
                if number < 0:  # a negative value: the larger its bits, the smaller it is; -0 becomes 0
                    number = _LOWEST - number
                keys[one, place] = (number << _PLACE_BITS) | place
        return finite

    compiled: Callable[..., Any] = numba.njit(nogil=True)(inspect.unwrap(make))
    return compiled


@cache
def _counting() -> Callable[..., Any]:
    """Machine code that walks through each set's values in order and keeps by how many one sample was ahead of another
    at most: (set, sample, other sample).

    Where values are equal, only the end of them counts; sets that have such are counted one value at a time.
    """
    import numba

    def count(keys: NDArray[np.int64], label: NDArray[np.uint16], leads: NDArray[np.int8], largest: Int32Array) -> None:
        size, samples = keys.shape[1], largest.shape[1]
        own = np.full((size + 3) // 4 * 4, samples, np.uint16)  # which sample each value belongs to, in order
        rows = np.empty(len(own) // 4, np.uint16)
        for one in range(keys.shape[0]):
            alone = len(leads) > 0
            for place in range(size):
                own[place] = label[keys[one, place] & _PLACE]
                alone &= place == 0 or (keys[one, place] ^ keys[one, place - 1]) >> _PLACE_BITS != 0
            for k in range(len(rows) if alone else 0):
                row = 0
                for place in range(4 * k, 4 * k + 4):
                    row = row * (samples + 1) + own[place]
                rows[k] = row
            pair = 0
            for first in range(samples):
                for second in range(first + 1, samples):
                    lead = most = least = 0
                    if alone:
                        for of_these in rows:
                            most = max(most, lead + leads[pair, of_these, 0])
                            least = min(least, lead + leads[pair, of_these, 1])
                            lead += leads[pair, of_these, 2]
                    else:
                        for place in range(size):
                            lead += (own[place] == first) - (own[place] == second)
                            if place == size - 1 or (keys[one, place] ^ keys[one, place + 1]) >> _PLACE_BITS:
                                most, least = max(most, lead), min(least, lead)
                    largest[one, first, second], largest[one, second, first] = most, -least
                    pair += 1

    compiled: Callable[..., Any] = numba.njit(nogil=True)(inspect.unwrap(count))
    return compiled
