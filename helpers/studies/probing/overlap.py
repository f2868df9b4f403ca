"""How much two sets of units have in common, beyond what chance gives sets of their size (probing, sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Bool
from torch import Tensor


def jaccard_beyond_chance(first: Sequence[Bool[Tensor, ...]], second: Sequence[Bool[Tensor, ...]]) -> float:
    """(J - J0) / (1 - J0): 1 for equal sets, about 0 for independent ones, below 0 for sets that avoid each other.

    first, second: for each layer, which of its units are in the set, in the same order and shapes.

    J is the number of units in both sets over that in either, of all layers together. J0 is the same ratio of the
    numbers to expect where every layer holds as many units of each set, but in places that are independent. Sets of
    all units, or of none, have nothing to tell: the result is then not a number. Raises ValueError for lists of
    different lengths.
    """
    both = either = expected_both = 0.0
    for a, b in zip(first, second, strict=True):
        both += int((a & b).sum())
        either += int((a | b).sum())
        expected_both += int(a.sum()) * int(b.sum()) / max(1, a.numel())
    if not either:
        return float("nan")
    chance = expected_both / (both + either - expected_both)
    return float("nan") if chance == 1 else (both / either - chance) / (1 - chance)
