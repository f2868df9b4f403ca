"""When networks that are trained side by side have trained for long enough (jump detection study, section 3.3.1)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class EarlyStopping:
    """The lowest validation loss of every network so far, and whether a lower one is worth waiting for.

    A network has finished once the mean of its last ``window`` losses has had no lower value for ``patience`` epochs,
    or once its loss is no higher than its entry of ``enough``. The mean decides when to stop, and nothing else: the
    best epoch is the one with the lowest single loss.

    A single loss is a poor reason to stop. With batches of 100 it jitters from epoch to epoch by some size s, and the
    lowest of many values lies several s below their mean, so that the next lower one is late although the losses fall.
    The jitter of the mean is sqrt(window) times smaller. After ``patience`` epochs in which the losses fall by r each,
    the mean has fallen by r * patience, which stands out once it exceeds about 3 s / sqrt(window).

    networks: how many there are.
    patience: None to wait for ever.
    window: the number of epochs in the mean; 1 for the single losses.
    enough: None if no loss is low enough.
    """

    epoch: int  # of the last update, counted from 1
    best_loss: Float[Tensor, " network"]
    best_epoch: Int[Tensor, " network"]  # the epoch of the lowest loss, counted from 1; 0 before the first update
    improved: Bool[Tensor, " network"]  # whose loss the last update made lower
    finished: Bool[Tensor, " network"]

    def __init__(
        self,
        networks: int,
        *,
        patience: int | None = None,
        window: int = 1,
        enough: Float[Tensor, " network"] | None = None,
    ) -> None:
        self.patience = patience
        self.enough = torch.full((networks,), -torch.inf) if enough is None else enough
        self.epoch = 0
        self.best_loss = torch.full((networks,), torch.inf, dtype=torch.float64)
        self.best_epoch = torch.zeros(networks, dtype=torch.int64)
        self.improved = torch.zeros(networks, dtype=torch.bool)
        self.finished = torch.zeros(networks, dtype=torch.bool)
        self._recent = torch.full((networks, window), torch.inf, dtype=torch.float64)  # the oldest is replaced
        self._lowest_mean = self.best_loss.clone()
        self._lowest_at = torch.full_like(self.best_epoch, window)  # before that many epochs there is no mean

    def update(self, loss: Float[Tensor, " network"]) -> None:
        """Take in the validation losses after one more epoch; NaN for a network that was not trained in it."""
        self.epoch += 1
        self.improved = loss < self.best_loss
        self.best_loss = loss.double().where(self.improved, self.best_loss)
        self.best_epoch[self.improved] = self.epoch
        self.finished |= loss <= self.enough
        if self.patience is not None:
            self._recent[:, self.epoch % self._recent.shape[1]] = loss.double()
            mean = self._recent.mean(1)
            lower = mean < self._lowest_mean
            self._lowest_mean = mean.where(lower, self._lowest_mean)
            self._lowest_at[lower] = self.epoch
            self.finished |= self.epoch - self._lowest_at >= self.patience


def moving_means(losses: Float[Tensor, "network epoch"], window: int) -> Float[Tensor, "network epoch"]:
    """The mean of each epoch and those before it, ``window`` in all; infinity where there are not that many."""
    means = torch.full_like(losses, torch.inf)
    if losses.shape[1] >= window:
        means[:, window - 1 :] = losses.unfold(1, window, 1).mean(-1)
    return means
