"""Fit many networks at once: one per seed, each on its own data (jump detection study, section 3.3.1)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from tqdm import tqdm

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.trainable_stack import TrainableStack
from helpers.threads import worker_threads
from helpers.training.early_stopping import EarlyStopping, moving_means
from helpers.training.evaluation import Evaluation
from helpers.training.seed_groups import SeedGroup, seed_groups


@dataclass(frozen=True, kw_only=True)
class History:
    """The course of a training, one row per seed; losses are mean cross-entropies in nats.

    Training loss and error are means over the batches of an epoch, each taken before its update; validation
    loss and error are taken at the end of the epoch. Errors are shares of wrongly classified signals. A seed that
    stopped before the others has NaN from there on.
    """

    train_loss: Float[Tensor, "seed epoch"]
    validation_loss: Float[Tensor, "seed epoch"]
    train_error: Float[Tensor, "seed epoch"]
    validation_error: Float[Tensor, "seed epoch"]
    best_epoch: Int[Tensor, " seed"]  # the epoch, counted from 1, with the lowest validation loss

    @property
    def epochs(self) -> int:
        """How many epochs the seed that ran longest was trained."""
        return self.train_loss.shape[1]

    def best_epoch_with(self, patience: int, *, window: int = 1) -> Int[Tensor, " seed"]:
        """The best epoch that training would have ended with, had it waited only so long for a lower loss.

        patience, window: as in :func:`fit`.
        """
        loss = self.validation_loss.nan_to_num(torch.inf)
        best = loss.cummin(dim=1).indices + 1  # of all epochs up to each
        epoch = torch.arange(1, loss.shape[1] + 1, device=best.device)
        lowest_at = moving_means(loss, window).cummin(dim=1).indices + 1
        ends = epoch - lowest_at.clamp(min=window) >= patience
        ends[:, -1] = True
        return best.gather(1, ends.int().argmax(dim=1, keepdim=True)).squeeze(1)

    def of(self, seeds: slice) -> "History":
        """The course of these seeds alone."""
        return self._cut(seeds, int(self._lasted()[seeds].max()))

    def together(self) -> "History":
        """The course of all seeds until the first of them stops: no NaN."""
        return self._cut(slice(None), int(self._lasted().min()))

    def _lasted(self) -> Int[Tensor, " seed"]:
        return (~self.train_loss.isnan()).sum(1)

    def _cut(self, seeds: slice, epochs: int) -> "History":
        return History(
            train_loss=self.train_loss[seeds, :epochs],
            validation_loss=self.validation_loss[seeds, :epochs],
            train_error=self.train_error[seeds, :epochs],
            validation_error=self.validation_error[seeds, :epochs],
            best_epoch=self.best_epoch[seeds],
        )


@dataclass(frozen=True, kw_only=True)
class MemorisationResult:
    """What it took to learn training labels by heart."""

    epochs: Int[Tensor, " seed"]  # the epoch after which no training signal was classified wrongly, or the last
    error: Float[Tensor, " seed"]  # share of training signals still classified wrongly by the networks as they are left


def fit(
    networks: TrainableStack,
    train: LabelledStack,
    validation: LabelledStack,
    *,
    learning_rate: float = 0.01,
    batch_size: int = 100,
    max_epochs: int,
    patience: int | None,
    window: int = 1,
    enough: Float[Tensor, " seed"] | None = None,
    shuffle_seeds: Sequence[int],
    source: Sequence[int] | None = None,
    progress_name: str = "",
) -> History:
    """Train all networks, and leave each at the minimum of its own validation loss (early stopping, 3.3.1).

    Every epoch goes once through the training signals, in an order of its own for every seed that depends on
    ``shuffle_seeds`` alone; a last, smaller batch takes what ``batch_size`` leaves over. A network stops after
    ``max_epochs``, or sooner once the mean of its last ``window`` validation losses has gone ``patience`` epochs
    without a lower value (``patience=None``: never sooner), or once a loss is no higher than its entry of ``enough``,
    if that is given. :class:`helpers.training.early_stopping.EarlyStopping` says how to choose both numbers.

    Each network has its own row of ``train`` and ``validation``, or the one that ``source`` names for it: networks that
    learn from the same signals need them in memory only once, and read them faster.

    The result of a seed depends on that seed alone: on the same machine it has the same numbers, whatever other seeds
    are trained beside it and on however many threads.

    Raises TrainingDiverged, with seed, step and rate, where a loss is not finite; ValueError for settings out of range.
    """
    _check(
        train,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_epochs=max_epochs,
        patience=patience,
        window=window,
    )
    groups = seed_groups(
        networks,
        train,
        validation,
        shuffle_seeds=shuffle_seeds,
        source=source,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    levels = torch.full((len(shuffle_seeds),), -torch.inf) if enough is None else enough.cpu()
    rules = [
        _LowestValidationLoss(
            group,
            EarlyStopping(len(group.seeds), patience=patience, window=window, enough=levels[group.part]),
            max_epochs=max_epochs,
        )
        for group in groups
    ]
    _train_groups(groups, rules, max_epochs=max_epochs, progress_name=progress_name)
    curves = {name: torch.cat([rule.curves[name] for rule in rules]) for name in rules[0].curves}
    return History(**curves, best_epoch=torch.cat([rule.stopping.best_epoch for rule in rules])).of(slice(None))


def fit_to_zero_error(
    networks: TrainableStack,
    train: LabelledStack,
    *,
    learning_rate: float = 0.01,
    batch_size: int = 100,
    max_epochs: int,
    trained_for: int = 0,
    shuffle_seeds: Sequence[int],
    progress_name: str = "",
) -> MemorisationResult:
    """Train each network until it classifies all its training signals as their labels say (section 6.2.2).

    Like :func:`fit`, but nothing is held back for validation, and each network is left as it was after the first
    epoch without a wrong answer, or after ``max_epochs``. Networks that were trained so for some epochs already
    (``trained_for``) go on as if they had not been stopped. Raises TrainingDiverged and ValueError as :func:`fit`.
    """
    _check(train, learning_rate=learning_rate, batch_size=batch_size, max_epochs=max_epochs, patience=None)
    if trained_for < 0:
        raise ValueError(f"trained_for = {trained_for} must be at least 0")
    groups = seed_groups(
        networks, train, train, shuffle_seeds=shuffle_seeds, batch_size=batch_size, learning_rate=learning_rate
    )
    for group in groups:
        group.skip(trained_for)
    rules = [_ZeroError(group, max_epochs=max_epochs) for group in groups]
    _train_groups(groups, rules, max_epochs=max_epochs, progress_name=progress_name)
    return MemorisationResult(
        epochs=torch.cat([rule.epochs for rule in rules]), error=torch.cat([rule.error for rule in rules])
    )


class _Decision(NamedTuple):
    """What is to be done with the networks of a group after an epoch."""

    checkpoint: Bool[Tensor, " seed"]  # keep their state
    drop: Bool[Tensor, " seed"]  # train them no longer


class _LowestValidationLoss:
    """The rule of :func:`fit`: notes the curves, keeps each network where its validation loss is lowest."""

    def __init__(self, group: SeedGroup, stopping: EarlyStopping, *, max_epochs: int) -> None:
        self.group, self.stopping = group, stopping
        names = ("train_loss", "train_error", "validation_loss", "validation_error")
        shape = (len(group.seeds), max_epochs)
        self.curves = {name: torch.full(shape, torch.nan, dtype=torch.float64) for name in names}

    def __call__(self, epoch: int, trained: Evaluation) -> _Decision:
        validation = self.group.evaluate()
        numbers = {
            "train_loss": trained.loss,
            "train_error": trained.error,
            "validation_loss": validation.loss,
            "validation_error": validation.error,
        }
        for name, values in numbers.items():
            self.curves[name][:, epoch - 1] = values
        self.stopping.update(validation.loss)
        return _Decision(checkpoint=self.stopping.improved, drop=self.stopping.finished)


class _ZeroError:
    """The rule of :func:`fit_to_zero_error`: keeps each network once it makes no mistake, or in the last epoch."""

    def __init__(self, group: SeedGroup, *, max_epochs: int) -> None:
        self.group, self.max_epochs = group, max_epochs
        self.epochs = torch.full((len(group.seeds),), max_epochs)
        self.error = torch.zeros(len(group.seeds), dtype=torch.float64)

    def __call__(self, epoch: int, trained: Evaluation) -> _Decision:
        if epoch < self.max_epochs:
            done = self.group.makes_no_mistake()
        else:
            done = self.group.present
            self.error[done] = self.group.evaluate().error[done]
        self.epochs[done] = epoch
        return _Decision(checkpoint=done, drop=done)


_Rule = Callable[[int, Evaluation], _Decision]  # from an epoch, counted from 1, and how its batches were answered


def _train_groups(groups: Sequence[SeedGroup], rules: Sequence[_Rule], *, max_epochs: int, progress_name: str) -> None:
    """Train every group by its rule, each in a thread of its own."""
    total = max_epochs * sum(len(group.seeds) for group in groups)
    with tqdm(total=total, desc=progress_name, unit="epoch", disable=None) as bar, worker_threads(len(groups)) as pool:
        # a list, since only who asks for a result hears of an exception
        list(pool.map(partial(_train_group, max_epochs=max_epochs, on_epoch=bar.update), groups, rules))


def _train_group(group: SeedGroup, rule: _Rule, *, max_epochs: int, on_epoch: Callable[[int], object]) -> None:
    """Train a group epoch by epoch, and leave every network as it was at its last checkpoint.

    on_epoch: called after every epoch with the number of networks that were trained in it.
    """
    for epoch in range(1, max_epochs + 1):
        networks = int(group.present.sum())
        if networks == 0:
            break
        decision = rule(epoch, group.train_epoch())
        group.checkpoint(decision.checkpoint)
        group.drop(decision.drop)
        on_epoch(networks)
    group.restore()


def _check(
    train: LabelledStack,
    *,
    learning_rate: float,
    batch_size: int,
    max_epochs: int,
    patience: int | None,
    window: int = 1,
) -> None:
    count = train.label.shape[1]
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise ValueError(f"learning_rate = {learning_rate} must be a finite number above 0")
    if not 1 <= batch_size <= count:
        raise ValueError(f"batch_size = {batch_size} must lie between 1 and the {count} training signals")
    if max_epochs < 1:
        raise ValueError(f"max_epochs = {max_epochs} must be at least 1")
    if patience is not None and patience < 1:
        raise ValueError(f"patience = {patience} must be at least 1, or None for no early end")
    if window < 1:
        raise ValueError(f"window = {window} must be at least 1 epoch")
