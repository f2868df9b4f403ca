"""The mean response of each unit to the images of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.hooks.reducers import exact_sums
from helpers.hooks.reducers.reducer import Sums
from helpers.hooks.reducers.responses import ActivationError, Responses


class ClassMeans(Sums):
    """Mean responses and numbers of images by class, exact up to the last rounding.

    Raises ActivationError for fewer than two classes, and, when images come, for a label that is no class.
    """

    unit_axis = {"sum": 2}  # noqa: RUF012 (never changed)

    def __init__(self, classes: int) -> None:
        if classes < 2:
            raise ActivationError(f"statistics by class need at least two classes, and there is {classes}")
        super().__init__()
        self.classes = classes

    def settings(self) -> dict[str, Any]:
        return {"classes": self.classes}

    def counts(self) -> Int[Tensor, " class"]:
        """How many images each class has. Raises ActivationError before the first."""
        return self._required()["images"]

    def means(self) -> Float[Tensor, "class unit"]:
        """In float64. Raises ActivationError for a class without images."""
        state = self._required()
        empty = (state["images"] == 0).nonzero().flatten().tolist()
        if empty:
            raise ActivationError(f"class {empty[0]} has no images, so it has no mean response")
        divisor = state["images"].cpu().numpy().astype(object)[:, None] * 2**exact_sums.QUANTUM_BITS  # (class, 1)
        total = exact_sums.whole(state["sum"])  # (class, unit)
        return torch.from_numpy((total / divisor).astype(np.float64))

    def _zeros(self, responses: Responses) -> dict[str, Tensor]:
        zeros = responses.number.new_zeros
        units = responses.value.shape[1]
        return {"images": zeros(self.classes), "sum": zeros(exact_sums.LIMBS, self.classes, units)}

    def _count(self, responses: Responses) -> None:
        label = responses.label
        if len(label) and not 0 <= int(label.min()) <= int(label.max()) < self.classes:
            raise ActivationError(
                f"the images are of classes {int(label.min())} to {int(label.max())}; allowed are 0 to "
                f"{self.classes - 1}"
            )
        self._state["images"].index_add_(0, label, torch.ones_like(label))
        exact_sums.add_by_class(self._state["sum"], responses.value, label)
