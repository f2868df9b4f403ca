"""Noisy piecewise-constant signals with one jump (jump detection study, section 3.1, eq. 3.1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.randomness import generator


@dataclass(frozen=True, kw_only=True)
class JumpTask:
    """The distribution of signals: x_i ~ N(0, noise_before²) before the jump, N(jump, noise_after²) from it on.

    Samples are numbered i = 1..length, as in the study. The jump position t0 is the first sample on the new level; all
    of first..last are equally likely. The class of a signal, its label, is t0 - first. The defaults are the study's
    simplified problem.

    Raises ValueError for a range of jump positions that does not lie inside the signal (the study requires 1 < t0 <
    length), for noise that is not a positive finite number, and for a jump that is not finite.
    """

    length: int = 100  # samples in a signal
    first: int = 21  # lowest jump position t0, counted from 1
    last: int = 80  # highest jump position t0
    jump: float = 3.0  # level after the jump (theta); the level before it is 0
    noise_before: float = 1.0  # standard deviation of the noise before the jump (sigma_0)
    noise_after: float = 1.0  # standard deviation from the jump on (sigma_1)

    def __post_init__(self) -> None:
        if not 1 < self.first <= self.last < self.length:
            raise ValueError(
                f"a jump between positions {self.first} and {self.last} does not fit a signal of length "
                f"{self.length}: 1 < first <= last < length is needed"
            )
        if not math.isfinite(self.jump):
            raise ValueError(f"jump = {self.jump} is not a finite number")
        for name in ("noise_before", "noise_after"):
            noise = getattr(self, name)
            if not (math.isfinite(noise) and noise > 0):
                raise ValueError(f"{name} = {noise} is not a standard deviation: it must be finite and above 0")

    @property
    def classes(self) -> int:
        """The number of jump positions."""
        return self.last - self.first + 1

    @property
    def positions(self) -> Int[Tensor, " class"]:
        """The jump position t0 of each class, counted from 1."""
        return torch.arange(self.first, self.last + 1)


def noise_free(task: JumpTask) -> Float[Tensor, "class time"]:
    """The signal of each class without noise: 0 before the jump, the task's jump from its position on."""
    return task.jump * (torch.arange(1, task.length + 1) >= task.positions[:, None]).float()


def sample(
    task: JumpTask, count: int, *, seeds: Sequence[int], purpose: str, device: torch.device | str = "cpu"
) -> LabelledStack:
    """Signals with uniformly distributed jump positions.

    task: the distribution of the signals.
    count: the number of signals for each seed.
    seeds: the seeds. The signals of seed k depend only on k and ``purpose``, not on other seeds or the device.
    purpose: "train", "validation", "test", ...
    device: where the signals go.

    Raises ValueError for no signals and for no seeds.
    """
    _require_positive("count", count)
    return _draw(task, count, seeds=seeds, purpose=purpose, device=device, label=None)


def sample_per_class(
    task: JumpTask, per_class: int, *, seeds: Sequence[int], purpose: str, device: torch.device | str = "cpu"
) -> LabelledStack:
    """Signals with the same number of each class, ordered by class (section 3.3.3).

    task: the distribution of the signals.
    per_class: the number of signals of every class for each seed.
    seeds, purpose, device: as for :func:`sample`.

    ``x.unflatten(1, (task.classes, per_class))`` has the shape (seed, class, signal of the class, time).
    """
    _require_positive("per_class", per_class)
    label = torch.arange(task.classes).repeat_interleave(per_class)
    return _draw(task, len(label), seeds=seeds, purpose=purpose, device=device, label=label)


def shuffle_labels(signals: LabelledStack, *, seeds: Sequence[int]) -> LabelledStack:
    """The same signals with each seed's labels in random order, so that there is nothing to learn (section 6.2.1).

    The frequency of each label stays the same. The order of seed k depends only on k.
    """
    count = signals.label.shape[1]
    orders = [torch.randperm(count, generator=generator(seed, "shuffled labels")) for seed in seeds]
    return LabelledStack(signals.x, signals.label.gather(1, torch.stack(orders).to(signals.label.device)))


def _draw(
    task: JumpTask,
    count: int,
    *,
    seeds: Sequence[int],
    purpose: str,
    device: torch.device | str,
    label: Int[Tensor, " signal"] | None,
) -> LabelledStack:
    if len(seeds) == 0:
        raise ValueError("seeds is empty: at least one seed is needed to draw signals")
    x = torch.empty(len(seeds), count, task.length)  # (seed, signal, time)
    labels = torch.empty(len(seeds), count, dtype=torch.int64)
    time = torch.arange(1, task.length + 1)
    for row, seed in enumerate(seeds):
        random = generator(seed, purpose)
        labels[row] = torch.randint(task.classes, (count,), generator=random) if label is None else label
        after = time >= labels[row].unsqueeze(1) + task.first  # (signal, time)
        torch.randn(count, task.length, generator=random, out=x[row])
        x[row] *= torch.where(after, task.noise_after, task.noise_before)
        x[row] += task.jump * after
    return LabelledStack(x.to(device), labels.to(device))


def _require_positive(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} = {value}: at least one signal is needed")
