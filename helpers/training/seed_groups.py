"""Groups of seeds that are trained side by side: one group per thread."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.logits import LogitSummary
from helpers.models.stacks.trainable_stack import SgdStep, TrainableStack
from helpers.randomness import generator
from helpers.training.divergence import check_losses
from helpers.training.evaluation import Evaluation, evaluate, makes_no_mistake


class SeedGroup:
    """The seeds that one thread trains side by side; a seed that has finished is dropped, and costs no more time.

    Every tensor that goes in or comes out has one entry per seed of the group, dropped or not.

    part: the place of the group in the stack of all seeds.
    networks: the stack of all seeds.
    train: the signals to learn from. held_out: the signals to evaluate on.
    shuffle_seeds: of all seeds, what decides the order of the signals.
    source: of all seeds, the row of ``train`` and ``held_out`` that each uses.
    """

    def __init__(
        self,
        part: slice,
        networks: TrainableStack,
        train: LabelledStack,
        held_out: LabelledStack,
        *,
        shuffle_seeds: Sequence[int],
        source: Int[Tensor, " seed"],
        batch_size: int,
        learning_rate: float,
    ) -> None:
        self.part, self.seeds = part, shuffle_seeds[part]
        self._batch_size, self._learning_rate = batch_size, learning_rate
        self._epoch = 0
        self._all = networks.select(part)
        self._checkpoint = {name: tensor.clone() for name, tensor in self._all.state_dict().items()}
        self._shuffles = [generator(seed, "shuffle") for seed in self.seeds]
        self._train = train
        # The seeds that are still in training, their networks, the rows that they learn from, the signals that they
        # are evaluated on:
        self._present = torch.arange(len(self.seeds))
        self._networks = self._all
        self._source = source[part]
        self._held_out = held_out.rows(self._source)
        self._steps = self._make_steps()

    @property
    def present(self) -> Bool[Tensor, " seed"]:
        """Which seeds are still in training."""
        return self._of_all(torch.ones_like(self._present, dtype=torch.bool), missing=False)

    def skip(self, epochs: int) -> None:
        """Go on as if so many epochs had been trained already: their shuffling has passed."""
        self._epoch += epochs
        for shuffle in self._shuffles:
            for _ in range(epochs):
                torch.randperm(self._train.label.shape[1], generator=shuffle)

    def train_epoch(self) -> Evaluation:
        """Train once on every signal; how the batches were answered, each before its step. NaN for dropped seeds.

        Raises TrainingDiverged, naming seed, step and learning rate, when a loss is not finite.
        """
        answers = self._train_batches()
        trained = Evaluation.of(answers)
        if not trained.loss.isfinite().all():
            losses = torch.stack([batch.mean(1) for batch in answers.loss.split(self._batch_size, dim=1)], dim=1)
            check_losses(
                losses,
                seeds=[self.seeds[place] for place in self._present],
                steps_before=self._epoch * losses.shape[1],
                learning_rate=self._learning_rate,
            )
        self._epoch += 1
        return self._evaluation_of_all(trained)

    def evaluate(self) -> Evaluation:
        """How the networks do on the signals held out; NaN for dropped seeds."""
        return self._evaluation_of_all(evaluate(self._networks, self._held_out))

    def makes_no_mistake(self) -> Bool[Tensor, " seed"]:
        """Whether a network classifies all signals held out rightly; False for dropped seeds."""
        return self._of_all(makes_no_mistake(self._networks, self._held_out), missing=False)

    def checkpoint(self, which: Bool[Tensor, " seed"]) -> None:
        """Keep the present state of these networks for :meth:`restore`."""
        chosen = which[self._present]
        if chosen.any():
            for name, tensor in self._networks.state_dict().items():
                device = tensor.device
                self._checkpoint[name][self._present[chosen].to(device)] = tensor[chosen.to(device)]

    def drop(self, which: Bool[Tensor, " seed"]) -> None:
        """Train these seeds no longer."""
        leaving = which[self._present]
        if leaving.any():
            rows = (~leaving).nonzero().flatten().tolist()
            self._present = self._present[rows]
            self._networks = self._networks.select(rows)
            self._source, self._held_out = self._source[rows], self._held_out.rows(rows)
            self._steps = self._make_steps()

    def restore(self) -> None:
        """Give every network of the group the state of its last checkpoint."""
        self._all.load_state_dict(self._checkpoint)

    def _make_steps(self) -> dict[int, SgdStep]:
        """The training steps of the present networks, by the sizes of their batches."""
        sizes = {self._batch_size, self._train.label.shape[1] % self._batch_size} - {0}
        return {size: self._networks.sgd_step_for(size) for size in sizes if len(self._present)}

    def _train_batches(self) -> LogitSummary:
        """One pass over the signals in a new order; the answers come in that order, each before its step."""
        count = self._train.label.shape[1]
        orders = torch.stack([torch.randperm(count, generator=self._shuffles[place]) for place in self._present])
        # rows of the signals of all sources, one below the other: (seed, signal)
        rows = orders.to(self._train.x.device) + self._source.unsqueeze(1) * count
        x, label = self._train.x.flatten(0, 1), self._train.label.take(rows)  # (row, time); (seed, signal)
        gathered = x.new_empty(len(rows) * self._batch_size, *x.shape[1:])
        answers = []
        for batch, batch_label in zip(*(part.split(self._batch_size, dim=1) for part in (rows, label)), strict=True):
            index = batch.flatten()  # batch: (seed, signal)
            batch_x = torch.index_select(x, 0, index, out=gathered[: len(index)]).unflatten(0, batch.shape)
            answers.append(self._steps[batch.shape[1]](batch_x, batch_label, self._learning_rate))
        return LogitSummary.together(answers)

    def _evaluation_of_all(self, evaluation: Evaluation) -> Evaluation:
        return Evaluation(*(self._of_all(values, missing=torch.nan) for values in evaluation))

    def _of_all(self, values: Tensor, *, missing: float) -> Tensor:
        """One entry per seed of the group, on the CPU, from values of the present seeds."""
        found = torch.full((len(self.seeds),), missing, dtype=values.dtype)
        found[self._present] = values.cpu()
        return found


def seed_groups(
    networks: TrainableStack,
    train: LabelledStack,
    held_out: LabelledStack,
    *,
    shuffle_seeds: Sequence[int],
    source: Sequence[int] | None = None,
    batch_size: int,
    learning_rate: float,
) -> list[SeedGroup]:
    """One group of seeds per CPU thread, so that no thread waits for another within an epoch.

    Threads that share every small operation would meet after each of them, which costs as much as the work
    and, beside another busy process, many times more.

    source: None for a row of the data per seed, in order; the other arguments are those of :class:`SeedGroup`.
    Raises ValueError for a source that names no row of the data, or not one per seed.
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
    ends = [seeds * group // count for group in range(count + 1)]
    return [
        SeedGroup(
            slice(first, end),
            networks,
            train,
            held_out,
            shuffle_seeds=shuffle_seeds,
            source=rows,
            batch_size=batch_size,
            learning_rate=learning_rate,
        )
        for first, end in pairwise(ends)
    ]
