"""The labelled data from which a stack of networks learns: one data set per seed."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class LabelledStack(NamedTuple):
    """One independent data set per seed; all have the same size."""

    x: Float[Tensor, "seed signal *input"]
    label: Int[Tensor, "seed signal"]  # the class, counted from 0

    def rows(self, which: slice | Int[Tensor, " row"] | list[int]) -> "LabelledStack":
        """The data sets of some seeds. A slice shares their memory; a list or tensor of indices copies them."""
        return LabelledStack(self.x[which], self.label[which])
