"""Sums of responses that are exact, and so do not depend on the order of their terms.

Floating-point addition rounds, and its result depends on the order. Here a response x is rounded once to a multiple of
2^-48 (3.6e-15; float32 numbers of at least 3e-8 are such multiples anyway), and this whole number is cut into limbs of
32 bits, each kept in an integer of 64 bits. Limbs are added as integers: 2^31 images fit before one can overflow. The
square of x is a multiple of 2^-96, whole again. Only at the end is the sum, a Python integer, divided and rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from helpers.hooks.reducers.responses import ActivationError

QUANTUM_BITS = 48
LIMBS = 3  # of a response; its square has twice as many
_LIMB_BITS = 32
_LARGEST = 2.0 ** (LIMBS * _LIMB_BITS - QUANTUM_BITS - 1)


def add(sums: Int[Tensor, "limb unit"], x: Float[Tensor, "image unit"]) -> None:
    """Add the responses to some images to the sums, in place.

    Raises ActivationError for responses above 1.4e14, which do not fit.
    """
    for place, limb in _limbs(_rounded(x), QUANTUM_BITS, LIMBS):
        sums[place] += limb.sum(0).long()  # exact: whole numbers far below 2^53


def add_squares(sums: Int[Tensor, "limb unit"], x: Float[Tensor, "image unit"]) -> None:
    """Add the squares of the responses to some images to the sums, in place. Raises what :func:`add` does."""
    for place, limb in _limbs(_rounded(x).square_(), 2 * QUANTUM_BITS, 2 * LIMBS):
        sums[place] += limb.sum(0).long()


def add_by_class(
    sums: Int[Tensor, "limb class unit"], x: Float[Tensor, "image unit"], label: Int[Tensor, " image"]
) -> None:
    """Add the responses to some images to the sums of their classes, in place. Raises what :func:`add` does."""
    for place, limb in _limbs(_rounded(x), QUANTUM_BITS, LIMBS):
        sums[place].index_add_(0, label, limb.long())


def whole(sums: Int[Tensor, "limb ..."]) -> Shaped[np.ndarray, ...]:
    """The sums as Python integers, in units of 2^-48, or 2^-96 for squares."""
    found = np.zeros(sums.shape[1:], object)
    for limb in reversed(sums.cpu().numpy().astype(object)):
        found = found * 2**_LIMB_BITS + limb
    return found


def _rounded(x: Tensor) -> Tensor:
    if x.numel() and float(x.abs().max()) >= _LARGEST:
        raise ActivationError(
            f"a response of {float(x.abs().max()):.3g} is too large for an exact sum; allowed are those below "
            f"{_LARGEST:.3g}"
        )
    # of 24 significant bits at most
    return x.double().mul_(2.0**QUANTUM_BITS).round_().mul_(2.0**-QUANTUM_BITS)


def _limbs(x: Tensor, quantum_bits: int, count: int) -> Iterator[tuple[int, Tensor]]:
    """Place and limb of each number, as whole float64 numbers below 2^32; places whose limbs are all 0 are left out.

    Every step is exact: powers of two, whole parts, and differences of the leading bits of a number from itself.
    """
    rest = x * 2.0**quantum_bits
    bits = math.frexp(float(rest.abs().max()))[1] if rest.numel() else 0
    for place in reversed(range(min(count, -(-bits // _LIMB_BITS)))):
        limb = (rest * 2.0 ** (-_LIMB_BITS * place)).trunc_()
        rest = rest.sub_(limb, alpha=2.0 ** (_LIMB_BITS * place))
        yield place, limb
