"""What a stack of networks must offer in order to be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor

from helpers.models.stacks.logits import LogitSummary


@runtime_checkable
class SgdStep(Protocol):
    """One step of gradient descent for all networks of a stack at once, on batches of one size."""

    def __call__(
        self, x: Float[Tensor, "seed signal *input"], label: Int[Tensor, "seed signal"], learning_rate: float, /
    ) -> LogitSummary:
        """Train on one batch per seed; returns the summary of its logits from before the update."""


@runtime_checkable
class TrainableStack(Protocol):
    """One network per seed, such as :class:`helpers.models.stacks.perceptron.Perceptrons`."""

    def __call__(self, x: Tensor, /) -> Tensor:
        """Logits [seed, signal, class] of x [seed, signal, ...]."""

    def sgd_step_for(self, signals: int, /) -> SgdStep:
        """A training step for batches of so many signals per seed; it trains the parameters of this moment."""

    def select(self, which: slice | Sequence[int], /) -> TrainableStack:
        """The networks at these indices of the stack. A slice shares their memory; a list copies them."""

    def state_dict(self) -> dict[str, Any]:
        """All tensors of the networks, the seed axis first."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Replace all tensors of the networks by these."""
