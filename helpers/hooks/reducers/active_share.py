"""The share of the images to which each unit responds at all."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.hooks.reducers.reducer import Sums
from helpers.hooks.reducers.responses import Responses


class ActiveShare(Sums):
    """The share of images with a response above 0."""

    unit_axis = {"active": 0}  # noqa: RUF012 (never changed)

    def share(self) -> Float[Tensor, " unit"]:
        """In float64. Raises ActivationError before the first images."""
        state = self._required()
        return state["active"].double() / state["images"]

    def _zeros(self, responses: Responses) -> dict[str, Tensor]:
        zeros = responses.number.new_zeros
        return {"images": zeros(()), "active": zeros(responses.value.shape[1], dtype=torch.long)}

    def _count(self, responses: Responses) -> None:
        self._state["images"] += len(responses.value)
        self._state["active"] += (responses.value > 0).sum(0)
