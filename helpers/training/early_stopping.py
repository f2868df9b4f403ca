"""When networks that are trained side by side have trained for long enough (jump detection study, section 3.3.1)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class EarlyStopping:
    """The lowest validation loss of every network so far, and whether a lower one is worth waiting for.

    A network has finished once it has trained ``patience`` epochs without a lower validation loss, or once its loss
    is no higher than its entry of ``enough``.

    networks: how many there are.
    patience: None to wait for ever.
    enough: None if no loss is low enough.
    """

    epoch: int  # of the last update, counted from 1
    best_loss: Float[Tensor, " network"]
    best_epoch: Int[Tensor, " network"]  # the epoch of the lowest loss, counted from 1; 0 before the first update
    improved: Bool[Tensor, " network"]  # whose loss the last update made lower
    finished: Bool[Tensor, " network"]

    def __init__(
        self, networks: int, *, patience: int | None = None, enough: Float[Tensor, " network"] | None = None
    ) -> None:
        self.patience = patience
        self.enough = torch.full((networks,), -torch.inf) if enough is None else enough
        self.epoch = 0
        self.best_loss = torch.full((networks,), torch.inf, dtype=torch.float64)
        self.best_epoch = torch.zeros(networks, dtype=torch.int64)
        self.improved = torch.zeros(networks, dtype=torch.bool)
        self.finished = torch.zeros(networks, dtype=torch.bool)

    def update(self, loss: Float[Tensor, " network"]) -> None:
        """Take in the validation losses after one more epoch; NaN for a network that was not trained in it."""
        self.epoch += 1
        self.improved = loss < self.best_loss
        self.best_loss = loss.double().where(self.improved, self.best_loss)
        self.best_epoch[self.improved] = self.epoch
        self.finished |= loss <= self.enough
        if self.patience is not None:
            self.finished |= self.epoch - self.best_epoch >= self.patience
