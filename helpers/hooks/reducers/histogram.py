"""How the responses of each unit are distributed: counts in bins that are fixed beforehand, and quantiles from them."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.hooks.reducers.reducer import Sums
from helpers.hooks.reducers.responses import ActivationError, Responses

_STEPS = 8  # bins from a power of two to the next; the first bits of a float32's mantissa choose among them
_STEP_BITS = 3
_MANTISSA, _BIAS = 23, 127  # of a float32


class Histogram(Sums):
    """Counts of responses in bins that are the same for all units and images.

    The bins between two powers of two are eight, equally wide, so that a bin is 6 to 12.5% of the response wide. They
    reach from 2^``lowest`` to 2^``highest``, for either sign. The bin in the middle holds what is nearer to 0, the
    outermost ones what is further away.

    Raises ActivationError for powers that are none of float32, or not in order.
    """

    unit_axis = {"count": 0}  # noqa: RUF012 (never changed)

    def __init__(self, *, lowest: int = -16, highest: int = 16) -> None:
        if not -126 <= lowest < highest <= 127:
            raise ActivationError(f"a histogram from 2^{lowest} to 2^{highest}; allowed are -126 to 127, in order")
        super().__init__()
        self.lowest, self.highest = lowest, highest

    def settings(self) -> dict[str, Any]:
        return {"lowest": self.lowest, "highest": self.highest}

    def edges(self) -> Float[Tensor, " edge"]:
        """Where the bins begin, and the end of the last, in float64; responses beyond the ends are in the end bins."""
        steps = 1 + torch.arange(_STEPS, dtype=torch.float64) / _STEPS
        powers = 2.0 ** torch.arange(self.lowest, self.highest, dtype=torch.float64)
        above = torch.cat([(powers[:, None] * steps).flatten(), torch.tensor([2.0**self.highest]).double()])
        return torch.cat([-above.flip(0), above])

    def counts(self) -> Int[Tensor, "unit bin"]:
        """How many responses lie in each bin. Raises ActivationError before the first images."""
        return self._required()["count"]

    def quantiles(self, shares: Float[Tensor, " share"]) -> Float[Tensor, "unit share"]:
        """The responses below which these shares of the images lie, in float64, interpolated within a bin.

        The middle bin counts as 0. Raises ActivationError before the first images, and for shares outside 0 to 1.
        """
        if len(shares) and not 0 <= float(shares.min()) <= float(shares.max()) <= 1:
            raise ActivationError(f"quantiles are of shares between 0 and 1, not {shares.tolist()}")
        count = self.counts().double().cpu()
        up_to = count.cumsum(1)  # (unit, bin)
        wanted = (shares.double() * up_to[:, -1:]).contiguous()  # (unit, share)
        place = torch.searchsorted(up_to, wanted.clamp(min=0.5)).clamp(max=count.shape[1] - 1)
        inside = count.gather(1, place)
        within = ((wanted - up_to.gather(1, place) + inside) / inside).clamp(0, 1)
        edges = self.edges()
        found = edges[place] + within * (edges[place + 1] - edges[place])
        return torch.where(place == count.shape[1] // 2, 0.0, found)

    def _zeros(self, responses: Responses) -> dict[str, Tensor]:
        bins = 2 * self._half() + 1
        return {"count": responses.number.new_zeros(responses.value.shape[1], bins, dtype=torch.int32)}

    def _count(self, responses: Responses) -> None:
        bits = responses.value.abs().contiguous().view(torch.int32) >> (_MANTISSA - _STEP_BITS)
        magnitude = (bits - ((self.lowest + _BIAS) << _STEP_BITS) + 1).clamp(0, self._half())  # 0: in the middle bin
        place = (self._half() + magnitude * responses.value.sign().int()).long().T  # (unit, image)
        self._state["count"].scatter_add_(1, place, torch.ones_like(place, dtype=torch.int32))

    def _half(self) -> int:
        """How many bins there are on either side of the middle one."""
        return (self.highest - self.lowest) * _STEPS
