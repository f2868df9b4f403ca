"""A training whose loss is no longer a finite number: one sentence that says where, and what helps."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor


class TrainingDiverged(RuntimeError):
    """A loss that is no longer a finite number."""


def check_losses(
    losses: Float[Tensor, "seed step"], *, seeds: Sequence[int] | None = None, steps_before: int, learning_rate: float
) -> None:
    """Raise TrainingDiverged for the first step with a loss that is not finite, and name it and the learning rate.

    seeds: the seeds of the rows, to be named too; None for a training of one network.
    steps_before: how many steps of the training came before these.
    """
    wrong = ~losses.isfinite()
    if wrong.any():
        step = int(wrong.any(0).nonzero()[0])
        row = int(wrong[:, step].nonzero()[0])
        whose = "" if seeds is None else f" of seed {seeds[row]}"
        raise TrainingDiverged(
            f"training diverged: the loss{whose} is {losses[row, step].item()} at step {steps_before + step + 1} "
            f"with learning_rate = {learning_rate}; a smaller one is needed"
        )
