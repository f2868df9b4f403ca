"""How far apart distributions are: the two-sample Kolmogorov-Smirnov distance of all pairs of samples at once.

The distance is the largest difference between the shares of two samples that lie at or below a number. All samples that
are compared are sorted together once, with the sample that each value belongs to: every pair's largest difference then
stands between two neighbouring values of that one order. No value is approximated, and equal values count as equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from helpers.errors import BadInput

_AT_ONCE = 1 << 16  # values sorted together: what is made of them fits into a processor's cache
_SAMPLES = 1 << 8  # more do not fit beside a value in 64 bits


class SamplesError(BadInput):
    """Samples that have no distance."""


def ks_distances(
    samples: Float[Tensor, "*rest sample value"], *, pairs: Sequence[tuple[int, int]] | None = None
) -> Float[Tensor, "*rest pair"]:
    """The Kolmogorov-Smirnov distance, 0 to 1, of each pair of samples of equal size; in float64.

    samples: finite values in float32 or a type that float32 holds exactly.
    pairs: which samples are compared; all pairs in the order (0, 1), (0, 2), ..., (1, 2), ... if none are given.

    Equal to SciPy's ``ks_2samp(a, b).statistic`` for each pair. Torch's threads share the work.

    Raises SamplesError for fewer than two samples, more than 256, empty samples, float64, and values that are not
    finite.
    """
    *rest, count, size = samples.shape
    if not 2 <= count <= _SAMPLES or not size:
        raise SamplesError(f"A distance takes 2 to {_SAMPLES} samples of one value or more; got {count} of {size}.")
    if samples.dtype == torch.float64:
        raise SamplesError("The samples are in float64; their order is taken in float32, which would make some equal.")
    if not samples.isfinite().all():
        raise SamplesError("The samples hold values that are not finite; they have no place in an order.")
    chosen = list(combinations(range(count), 2)) if pairs is None else list(pairs)
    flat = samples.detach().float().cpu().reshape(-1, count, size).numpy()
    step = max(1, _AT_ONCE // (count * size))
    parts = [flat[k : k + step] for k in range(0, len(flat), step)]
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # NumPy lets other threads run while it sorts and adds
        found = list(pool.map(lambda part: _distances(part, chosen), parts))
    whole = np.concatenate(found) if found else np.zeros((0, len(chosen)))
    return torch.from_numpy(whole).reshape(*rest, len(chosen))


def _distances(samples: NDArray[np.float32], pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Distances of (set, sample, value) for each pair: (set, pair)."""
    sets, count, size = samples.shape
    bits = (samples + np.float32(0)).view(np.int32)  # + 0 makes -0 the 0 that it equals
    ordered = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)  # whole numbers in the order of the values
    keys = ((ordered << 8) | np.arange(count)[:, None]).reshape(sets, count * size)
    keys.sort(axis=1)
    label = (keys & (_SAMPLES - 1)).astype(np.uint8)
    value = keys >> 8
    last = np.ones(keys.shape, dtype=bool)  # of a run of equal values; in between the shares are not complete
    last[:, :-1] = value[:, 1:] != value[:, :-1]
    whole_number: type = np.int16 if size < 2**15 else np.int64
    compared = {each for pair in pairs for each in pair}
    counts: dict[int, NDArray[np.int64]] = {k: np.cumsum(label == k, axis=1, dtype=whole_number) for k in compared}
    tied = not last.all()
    found = np.empty((sets, len(pairs)))
    for place, (a, b) in enumerate(pairs):
        gap = np.abs(counts[a] - counts[b])
        found[:, place] = (gap * last if tied else gap).max(axis=1)
    return found / size
