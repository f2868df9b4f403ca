"""Mean and variance of the responses of each unit."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.hooks.reducers import exact_sums
from helpers.hooks.reducers.reducer import Sums
from helpers.hooks.reducers.responses import ActivationError, Responses


class Moments(Sums):
    """Mean and variance over the images, exact up to the last rounding (:mod:`helpers.hooks.reducers.exact_sums`)."""

    unit_axis = {"sum": 1, "sum_of_squares": 1}  # noqa: RUF012 (never changed)

    def mean(self) -> Float[Tensor, " unit"]:
        """In float64. Raises ActivationError before the first images."""
        state = self._required()
        divisor = int(state["images"]) << exact_sums.QUANTUM_BITS
        return torch.from_numpy((exact_sums.whole(state["sum"]) / divisor).astype(np.float64))

    def variance(self) -> Float[Tensor, " unit"]:
        """The unbiased estimate (over n - 1), in float64. Raises ActivationError for fewer than two images."""
        state = self._required()
        n = int(state["images"])
        if n < 2:
            raise ActivationError("a variance needs at least two images, and there is one")
        total, squares = (exact_sums.whole(state[name]) for name in ("sum", "sum_of_squares"))
        spread = n * squares - total * total  # whole numbers: nothing cancels
        return torch.from_numpy((spread / (n * (n - 1) << 2 * exact_sums.QUANTUM_BITS)).astype(np.float64))

    def _zeros(self, responses: Responses) -> dict[str, Tensor]:
        units = responses.value.shape[1]
        zeros = responses.number.new_zeros
        return {
            "images": zeros(()),
            "sum": zeros(exact_sums.LIMBS, units),
            "sum_of_squares": zeros(2 * exact_sums.LIMBS, units),
        }

    def _count(self, responses: Responses) -> None:
        self._state["images"] += len(responses.value)
        exact_sums.add(self._state["sum"], responses.value)
        exact_sums.add_squares(self._state["sum_of_squares"], responses.value)
