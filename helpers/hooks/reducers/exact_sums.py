"""Sums of responses that are exact, and so do not depend on the order of their terms.

Floating-point addition rounds, and its result depends on the order. Here a response x is rounded once to a multiple of
2^-48 (3.6e-15; float32 numbers of at least 3e-8 are such multiples anyway), and this whole number is cut into limbs of
32 bits, each kept in an integer of 64 bits. Limbs are added as integers: 2^31 images fit before one can overflow. The
square of x is a multiple of 2^-96, whole again. Only at the end is the sum, a Python integer, divided and rounded.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from helpers.hooks.reducers.responses import ActivationError

QUANTUM_BITS = 48
LIMBS = 3  # of a response; its square has twice as many
_LIMB_BITS = 32
_LARGEST = 2.0 ** (LIMBS * _LIMB_BITS - QUANTUM_BITS - 1)


def limbs(x: Float[Tensor, "image unit"]) -> Int[Tensor, "limb image unit"]:
    """The limbs of responses, the lowest first. Raises ActivationError for responses above 1.4e14, which do not fit."""
    return _cut(_rounded(x), QUANTUM_BITS, LIMBS)


def limbs_of_squares(x: Float[Tensor, "image unit"]) -> Int[Tensor, "limb image unit"]:
    """The limbs of the squares of responses, the lowest first. Raises ActivationError as :func:`limbs` does."""
    return _cut(_rounded(x).square(), 2 * QUANTUM_BITS, 2 * LIMBS)


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
    return (x.double() * 2.0**QUANTUM_BITS).round() * 2.0**-QUANTUM_BITS  # of 24 significant bits at most


def _cut(x: Tensor, quantum_bits: int, count: int) -> Tensor:
    """Every step is exact: powers of two, whole parts, and differences of the leading bits of a number from itself."""
    rest, found = x * 2.0**quantum_bits, []
    for place in reversed(range(count)):
        limb = (rest * 2.0 ** (-_LIMB_BITS * place)).trunc()
        rest = rest - limb * 2.0 ** (_LIMB_BITS * place)
        found.append(limb.long())
    return torch.stack(found[::-1])
