"""The general problem of eq. 3.1: jump position, levels and noise are all unknown (jump detection study, section 3.1).

The study solves the simplified problem alone. Here every signal draws its own level and noise before the jump, and
others from it on: a variance from an inverse gamma distribution, and a level from a normal one that is wider for more
noise. That prior is conjugate, so the probability of each jump position has a closed form, and the best possible
detector is known for this problem as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.randomness import generator
from helpers.studies.jump_detection.detectors import gaussian_derivative, responses


@dataclass(frozen=True, kw_only=True)
class GeneralTask:
    """The distribution of signals. Positions are counted from 1; the class of a signal is its t0 - ``first``.

    Raises ValueError for positions outside the signal (1 < t0 < length), and for a shape, scale or ratio not above 0.
    """

    length: int = 100  # samples in a signal
    first: int = 2  # lowest jump position t0: eq. 3.1 asks for 1 < t0 < length
    last: int = 99  # highest jump position t0
    shape: float = 3.0  # of the inverse gamma distribution of a variance; its mean is scale / (shape - 1)
    scale: float = 2.0
    level_ratio: float = 0.2  # a level's variance is the noise variance divided by this

    def __post_init__(self) -> None:
        if not 1 < self.first <= self.last < self.length:
            raise ValueError(
                f"positions {self.first} to {self.last} do not fit a signal of length {self.length}: "
                "1 < first <= last < length is needed"
            )
        for name in ("shape", "scale", "level_ratio"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} = {getattr(self, name)}: a finite number above 0 is needed")

    @property
    def classes(self) -> int:
        """The number of jump positions."""
        return self.last - self.first + 1


class Levels(NamedTuple):
    """What a signal has before its jump and from it on: index 0 and 1 of the last axis."""

    mean: Float[Tensor, "seed signal 2"]
    noise: Float[Tensor, "seed signal 2"]  # standard deviation


class GeneralSignals(NamedTuple):
    """Signals with their labels, and the levels and noise that a detector is not told."""

    signals: LabelledStack
    levels: Levels


def draw(
    task: GeneralTask,
    count: int,
    *,
    seeds: Sequence[int],
    purpose: str,
    device: torch.device | str = "cpu",
    same_level: bool = False,
) -> GeneralSignals:
    """Signals with uniformly distributed jump positions.

    task: the distribution of the signals.
    count: the number of signals for each seed.
    seeds: the seeds. The signals of seed k depend only on k and ``purpose``, not on other seeds or the device.
    purpose: "train", "validation", "test", ...
    device: where the signals go.
    same_level: whether the level after the jump is the one before, so that the noise alone changes.

    Raises ValueError for no signals and for no seeds.
    """
    if count < 1 or len(seeds) == 0:
        raise ValueError(f"{count} signals for {len(seeds)} seeds: at least one of each is needed")
    drawn = [_draw(task, count, generator(seed, f"general {purpose}"), same_level=same_level) for seed in seeds]
    x, label, mean, noise = (torch.stack(part).to(device) for part in zip(*drawn, strict=True))
    return GeneralSignals(LabelledStack(x, label), Levels(mean, noise))


def _draw(task: GeneralTask, count: int, random: torch.Generator, *, same_level: bool) -> tuple[Tensor, ...]:
    label = torch.randint(task.classes, (count,), generator=random)
    normal = torch.randn(count, 2, generator=random)
    noise = _inverse_gamma(task, (count, 2), random).sqrt()
    mean = normal * noise * task.level_ratio**-0.5
    if same_level:
        mean = mean[:, :1].expand(-1, 2)
    after = (torch.arange(1, task.length + 1) >= label[:, None] + task.first).long()  # (signal, time)
    x = torch.randn(count, task.length, generator=random) * noise.gather(1, after) + mean.gather(1, after)
    return x, label, mean, noise


def _inverse_gamma(task: GeneralTask, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    # torch.distributions takes no generator: the quantiles of uniform draws do
    from scipy import stats  # imported here because it takes a second

    uniform = torch.rand(shape, generator=random, dtype=torch.float64)
    return torch.as_tensor(stats.invgamma.ppf(uniform.numpy(), task.shape, scale=task.scale)).float()


def standardised(x: Float[Tensor, "*signal time"]) -> Float[Tensor, "*signal time"]:
    """Each signal with mean 0 and standard deviation 1 over time: what its scale tells nothing about is taken away."""
    return (x - x.mean(dim=-1, keepdim=True)) / x.std(dim=-1, keepdim=True)


def best_filter(
    signals: LabelledStack, task: GeneralTask, *, window: int = 19
) -> Callable[[Float[Tensor, "seed signal time"]], Int[Tensor, "seed signal"]]:
    """The derivative filter for jumps of either sign: the position of the largest absolute change, as a class.

    signals: its width is the one of those from 0.5 to 8 points with the smallest mean absolute error on these.
    task: gives the positions that are allowed.
    window: of the smoother, in points.
    """

    def answers(x: Tensor, tau: float) -> Tensor:
        # Beyond its ends a signal goes on at its first and last value: zeros would be jumps where levels are unknown.
        padded = torch.nn.functional.pad(x, (window, window), mode="replicate")
        parts = [responses(part, [gaussian_derivative(window, tau)])[0] for part in padded.split(500, dim=1)]
        changes = torch.cat(parts, dim=1).abs()  # (seed, signal, change); entry i leads to point i + 2 of the padded
        return changes[..., window + task.first - 2 : window + task.last - 1].argmax(dim=-1)

    widths = [0.5 * step for step in range(1, 17)]
    errors = [float((answers(signals.x, tau) - signals.label).abs().double().mean()) for tau in widths]
    return partial(answers, tau=widths[errors.index(min(errors))])


class GeneralDetector:
    """The best detector for the general problem: the probability of every jump position given the signal.

    task: the distribution of the signals, which the detector knows; it does not know levels or noise of a signal.
    """

    def __init__(self, task: GeneralTask) -> None:
        self.task = task

    def log_posterior(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal class"]:
        """Natural logarithm of the probability of each jump position."""
        total, square = (torch.nn.functional.pad(v.double().cumsum(-1), (1, 0)) for v in (x, x.square()))
        ends = slice(self.task.first - 1, self.task.last)  # how many points lie before each jump
        points = torch.arange(self.task.length + 1, dtype=torch.float64, device=x.device)
        before = self._evidence(points[ends], total[..., ends], square[..., ends])
        after = self._evidence(
            self.task.length - points[ends], total[..., -1:] - total[..., ends], square[..., -1:] - square[..., ends]
        )
        return (before + after).log_softmax(dim=-1).to(x.dtype)

    def predict(self, x: Float[Tensor, "seed signal time"]) -> Int[Tensor, "seed signal"]:
        """The answer with the smallest expected absolute error: the posterior's median, as a class."""
        return (self.log_posterior(x).double().exp().cumsum(dim=-1) < 0.5).sum(dim=-1)

    def _evidence(self, points: Tensor, total: Tensor, square: Tensor) -> Tensor:
        """The log probability of a stretch of signal under the normal inverse gamma prior, but for a constant.

        points, total, square: the number of points, their sum and the sum of their squares.
        """
        task = self.task
        ratio, shape = task.level_ratio + points, task.shape + points / 2
        scale = task.scale + (square - total.square() / ratio) / 2
        return torch.lgamma(shape) - shape * scale.log() - ratio.log() / 2
