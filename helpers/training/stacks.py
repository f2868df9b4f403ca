"""Fit many networks at once: one per seed, each on its own data (jump detection study, section 3.3.1)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from tqdm import tqdm

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.logits import LogitSummary, summarise_
from helpers.randomness import generator
from helpers.threads import worker_threads
from helpers.training.divergence import TrainingDiverged

# Signals in one forward pass of an evaluation: few enough for the processor's cache, and as many however many seeds
# there are, since sums are rounded by it.
_EVALUATION_CHUNK = 256


@runtime_checkable
class TrainableStack(Protocol):
    """One network per seed and a training step for all, as :class:`helpers.models.stacks.perceptron.Perceptrons`."""

    def __call__(self, x: Tensor, /) -> Tensor:
        """Logits [seed, signal, class] of x [seed, signal, ...]."""

    def sgd_step(self, x: Tensor, label: Tensor, learning_rate: float) -> LogitSummary:
        """Train on one batch per seed; the answers before the update."""

    def select(self, which: slice | Sequence[int], /) -> "TrainableStack":
        """The networks at these places of the stack: a slice shares their memory, a list copies them."""

    def state_dict(self) -> dict[str, Any]:
        """All tensors of the networks, the seed axis first."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Take over such tensors."""


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

    def best_epoch_with(self, patience: int) -> Int[Tensor, " seed"]:
        """The best epoch that training would have ended with, had it waited for only so many epochs."""
        loss = self.validation_loss.nan_to_num(torch.inf)
        best = loss.cummin(dim=1).indices + 1  # of all epochs up to each
        waited = torch.arange(1, loss.shape[1] + 1, device=best.device) - best
        ends = waited >= patience
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


class Evaluation(NamedTuple):
    """How networks do on a data set."""

    loss: Float[Tensor, " seed"]  # mean cross-entropy in nats
    error: Float[Tensor, " seed"]  # share of wrongly classified signals


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
    enough: Float[Tensor, " seed"] | None = None,
    shuffle_seeds: Sequence[int],
    source: Sequence[int] | None = None,
    progress_name: str = "",
) -> History:
    """Train all networks, and leave each at the minimum of its own validation loss (early stopping, 3.3.1).

    Every epoch goes once through the training signals, in an order of its own for every seed that depends on
    ``shuffle_seeds`` alone; a last, smaller batch takes what ``batch_size`` leaves over. A network stops after
    ``max_epochs``, or sooner once it has gone ``patience`` epochs without a lower validation loss (``patience=None``:
    never sooner), or once that loss is no higher than its entry of ``enough``, if that is given.

    Each network has its own row of ``train`` and ``validation``, or the one that ``source`` names for it: networks that
    learn from the same signals need them in memory only once, and read them faster.

    What a seed comes to depends on that seed alone: the same seeds on the same machine give the same numbers, beside
    whatever other seeds and on however many threads.

    Raises TrainingDiverged, naming seed, step and learning rate, when a training loss is not finite, and
    ValueError for a setting out of range.
    """
    _check(
        train,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_epochs=max_epochs,
        patience=patience,
    )
    teams = _teams(networks, train, validation, shuffle_seeds, source)
    levels = torch.full((len(shuffle_seeds),), -torch.inf) if enough is None else enough.cpu()

    def train_team(team: _Team) -> tuple[Tensor, Tensor]:
        curves = torch.full((4, len(team.seeds), max_epochs), torch.nan, dtype=torch.float64)
        best_loss = torch.full((len(team.seeds),), torch.inf, dtype=torch.float64)
        best_epoch = torch.zeros(len(team.seeds), dtype=torch.int64)
        for epoch in range(1, max_epochs + 1):
            trained = team.train_epoch(epoch, batch_size=batch_size, learning_rate=learning_rate)
            judged = evaluate(team.networks, team.judged)
            curves[:, team.present, epoch - 1] = torch.stack([*trained, *judged]).cpu()
            loss = judged.loss.cpu()
            improved = loss < best_loss[team.present]
            best_loss[team.present[improved]] = loss[improved]
            best_epoch[team.present[improved]] = epoch
            team.keep(improved)
            bar.update(len(team.present))
            done = loss <= levels[team.part][team.present]
            if patience is not None:
                done |= epoch - best_epoch[team.present] >= patience
            team.dismiss(done)
            if not len(team.present):
                break
        team.restore()
        return curves, best_epoch

    total = max_epochs * len(shuffle_seeds)
    with tqdm(total=total, desc=progress_name, unit="epoch", disable=None) as bar, worker_threads(len(teams)) as pool:
        parts, best_epochs = zip(*pool.map(train_team, teams), strict=True)
    names = ("train_loss", "train_error", "validation_loss", "validation_error")
    curves = dict(zip(names, torch.cat(parts, dim=1), strict=True))
    return History(best_epoch=torch.cat(best_epochs), **curves).of(slice(None))


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
    _check(
        train,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_epochs=max_epochs,
        patience=None,
    )
    if trained_for < 0:
        raise ValueError(f"trained_for = {trained_for} must be at least 0")
    teams = _teams(networks, train, train, shuffle_seeds)

    def train_team(team: _Team) -> MemorisationResult:
        epochs = torch.full((len(team.seeds),), max_epochs)
        remaining = torch.zeros(len(team.seeds), dtype=torch.float64)
        team.skip(trained_for)
        for epoch in range(1, max_epochs + 1):
            team.train_epoch(trained_for + epoch, batch_size=batch_size, learning_rate=learning_rate)
            bar.update(len(team.present))
            if epoch < max_epochs:
                done = _makes_no_mistake(team.networks, team.judged)
            else:
                done = torch.ones(len(team.present), dtype=torch.bool)
                remaining[team.present] = evaluate(team.networks, team.judged).error.cpu()
            epochs[team.present[done]] = epoch
            team.keep(done)
            team.dismiss(done)
            if not len(team.present):
                break
        team.restore()
        return MemorisationResult(epochs=epochs, error=remaining)

    total = max_epochs * len(shuffle_seeds)
    with tqdm(total=total, desc=progress_name, unit="epoch", disable=None) as bar, worker_threads(len(teams)) as pool:
        parts = list(pool.map(train_team, teams))
    return MemorisationResult(
        epochs=torch.cat([part.epochs for part in parts]), error=torch.cat([part.error for part in parts])
    )


@torch.no_grad()
def evaluate(networks: TrainableStack, signals: LabelledStack) -> Evaluation:
    """Mean cross-entropy and share of wrong answers of each network on its own signals; trains nothing."""
    return _summary(LogitSummary.together(list(_answers(networks, signals))))


def _summary(answers: LogitSummary) -> Evaluation:
    return Evaluation(answers.loss.double().mean(1), answers.wrong.double().mean(1))


@torch.no_grad()
def _makes_no_mistake(networks: TrainableStack, signals: LabelledStack) -> Bool[Tensor, " seed"]:
    """Whether each network classifies all its signals rightly; the first mistakes found end the search."""
    flawless = torch.ones(len(signals.label), dtype=torch.bool)
    for answers in _answers(networks, signals):
        flawless &= ~answers.wrong.any(1).cpu()
        if not flawless.any():
            break
    return flawless


def _answers(networks: TrainableStack, signals: LabelledStack) -> Iterator[LogitSummary]:
    """The networks' answers, some signals at a time."""
    for x, label in zip(*(part.split(_EVALUATION_CHUNK, dim=1) for part in signals), strict=True):
        yield summarise_(networks(x).mT.contiguous(), label)


class _Team:
    """The seeds that one thread trains side by side; one that has what it needs leaves, and costs no more time.

    part: which of all seeds. seeds: these. present: which of them, counted from 0, are still in training. networks:
    the present ones. judged: their signals to be judged by. source: the row of ``train`` that each learns from.
    """

    def __init__(
        self,
        part: slice,
        networks: TrainableStack,
        train: LabelledStack,
        judged: LabelledStack,
        shuffle_seeds: Sequence[int],
        source: Int[Tensor, " seed"],
    ) -> None:
        self.part, self.seeds = part, shuffle_seeds[part]
        self.present = torch.arange(len(self.seeds))
        self.networks = self._all = networks.select(part)
        self.train, self.source = train, source[part]
        self.judged = _rows(judged, self.source)
        self._kept = {name: tensor.clone() for name, tensor in self.networks.state_dict().items()}
        self._shuffles = [generator(seed, "shuffle") for seed in self.seeds]

    def train_epoch(self, epoch: int, *, batch_size: int, learning_rate: float) -> Evaluation:
        """How the present seeds answered the batches, each before its step; ``epoch`` is counted from 1."""
        count = self.train.label.shape[1]
        orders = torch.stack([torch.randperm(count, generator=self._shuffles[place]) for place in self.present])
        answers = _train_epoch(
            self.networks, self.train, self.source, orders, batch_size=batch_size, learning_rate=learning_rate
        )
        trained = _summary(answers)
        if not trained.loss.isfinite().all():
            seeds = [self.seeds[place] for place in self.present]
            losses = torch.stack([batch.mean(1) for batch in answers.loss.split(batch_size, dim=1)], dim=1)
            raise _diverged(losses, seeds, (epoch - 1) * losses.shape[1], learning_rate)
        return trained

    def skip(self, epochs: int) -> None:
        """Let so many epochs' shuffling pass."""
        for shuffle in self._shuffles:
            for _ in range(epochs):
                torch.randperm(self.train.label.shape[1], generator=shuffle)

    def keep(self, which: Bool[Tensor, " seed"]) -> None:
        """What these of the present networks are now is what :meth:`restore` makes of them."""
        if which.any():
            for name, tensor in self.networks.state_dict().items():
                device = tensor.device
                self._kept[name][self.present[which].to(device)] = tensor[which.to(device)]

    def dismiss(self, which: Bool[Tensor, " seed"]) -> None:
        """These of the present seeds leave."""
        if which.any():
            rows = (~which).nonzero().flatten().tolist()
            self.present = self.present[rows]
            self.networks = self.networks.select(rows)
            self.source, self.judged = self.source[rows], _rows(self.judged, rows)

    def restore(self) -> None:
        """Make every network of the team what was kept of it."""
        self._all.load_state_dict(self._kept)


def _rows(signals: LabelledStack, which: Int[Tensor, " seed"] | list[int]) -> LabelledStack:
    return LabelledStack(*(tensor[which] for tensor in signals))


def _teams(
    networks: TrainableStack,
    train: LabelledStack,
    judged: LabelledStack,
    shuffle_seeds: Sequence[int],
    source: Sequence[int] | None = None,
) -> list[_Team]:
    """One team of seeds per CPU thread, so that no thread waits for another within an epoch.

    Threads that share every small operation would meet after each of them, which costs as much as the work
    and, beside another busy process, many times more.
    """
    available, seeds, device = len(train.label), len(shuffle_seeds), train.x.device
    if source is None:
        source = range(available)
    if seeds != len(source):
        raise ValueError(f"shuffle_seeds has {seeds} entries for the data of {len(source)} seeds")
    if not set(source) <= set(range(available)):
        raise ValueError(f"source = {list(source)} must name rows of the data, 0 to {available - 1}")
    rows = torch.tensor(source, device=device)
    count = min(seeds, torch.get_num_threads()) if device.type == "cpu" else 1
    ends = [seeds * team // count for team in range(count + 1)]
    return [_Team(slice(first, end), networks, train, judged, shuffle_seeds, rows) for first, end in pairwise(ends)]


def _train_epoch(
    networks: TrainableStack,
    train: LabelledStack,
    source: Int[Tensor, " seed"],
    orders: Int[Tensor, "seed signal"],
    *,
    batch_size: int,
    learning_rate: float,
) -> LogitSummary:
    """One pass over the training signals, in these orders; the answers come in the same, each before its step."""
    seeds, count = orders.shape
    rows = orders.to(train.x.device) + source.unsqueeze(1) * count  # of the signals of all sources, one below the other
    x, label = train.x.flatten(0, 1), train.label.take(rows)  # (row, time); (seed, signal), in order
    gathered = x.new_empty(seeds * batch_size, *x.shape[1:])
    answers = []
    for batch, batch_label in zip(rows.split(batch_size, dim=1), label.split(batch_size, dim=1), strict=True):
        index = batch.flatten()  # batch: (seed, signal)
        batch_x = torch.index_select(x, 0, index, out=gathered[: len(index)]).unflatten(0, batch.shape)
        answers.append(networks.sgd_step(batch_x, batch_label, learning_rate))
    return LogitSummary.together(answers)


def _diverged(
    losses: Float[Tensor, "seed step"], seeds: Sequence[int], steps_before: int, learning_rate: float
) -> TrainingDiverged:
    step = int((~losses.isfinite()).any(0).nonzero()[0])
    row = int((~losses[:, step].isfinite()).nonzero()[0])
    return TrainingDiverged(
        f"training diverged: the loss of seed {seeds[row]} is {losses[row, step].item()} at step "
        f"{steps_before + step + 1} with learning_rate = {learning_rate}; a smaller one is needed"
    )


def _check(
    train: LabelledStack,
    *,
    learning_rate: float,
    batch_size: int,
    max_epochs: int,
    patience: int | None,
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
