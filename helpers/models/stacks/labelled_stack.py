"""The labelled data that networks side by side learn from: one data set per seed."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class LabelledStack(NamedTuple):
    """One independent data set per seed; all of one size."""

    x: Float[Tensor, "seed signal *input"]
    label: Int[Tensor, "seed signal"]  # the class, counted from 0

    def rows(self, which: slice | Int[Tensor, " row"] | list[int]) -> "LabelledStack":
        """The data sets of these seeds: a slice shares their memory, a list or tensor of places copies them."""
        return LabelledStack(self.x[which], self.label[which])
