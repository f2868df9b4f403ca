"""Detectors that are not learned: the Gaussian-derivative filter of the study, and the best that know more or less.

(study: jump_detection, section 3.2; the Bayes-optimal and the likelihood ratio detector are ours)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from helpers.studies.jump_detection.signals import JumpTask


def gaussian_smoother(window: int, tau: float) -> Float[Tensor, " window"]:
    """A Gaussian filter that is cut to a window and scaled to sum to one (fig. 3.6).

    window: the number of points.
    tau: the standard deviation in points.

    Raises ValueError for an even window, which has no middle, and for a tau that is not positive.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"A smoothing window of {window} points has no middle point; give an odd number.")
    if not tau > 0:
        raise ValueError(f"The filter width tau is {tau}; give a positive number of points.")
    offset = torch.arange(window, dtype=torch.float64) - window // 2
    weight = torch.exp(-offset.square() / (2 * tau**2))
    return (weight / weight.sum()).float()


def gaussian_derivative(window: int, tau: float) -> Float[Tensor, " tap"]:
    """The smoother convolved with [1, -1]: a filter that smooths and differentiates (fig. 3.16 d)."""
    smoother = gaussian_smoother(window, tau)
    return functional.pad(smoother, (0, 1)) - functional.pad(smoother, (1, 0))


class GradientDetector:
    """Smooth the signal, take first differences, and return the position of the largest one (section 3.2.3).

    window, tau: of the smoother, in points.
    first, last: the range of positions at which jumps occur, counted from 1.
    anywhere: whether answers outside this range are allowed, as in the study, whose third step is the maximum of the
    whole signal (section 3.2.1). Such an answer is a class below 0 or above ``last - first``.
    """

    def __init__(
        self, *, window: int = 19, tau: float = 2.9, first: int = 21, last: int = 80, anywhere: bool = True
    ) -> None:
        self.window, self.tau = window, tau
        self.first, self.last, self.anywhere = first, last, anywhere

    @classmethod
    def of(cls, task: JumpTask, **arguments: Any) -> GradientDetector:
        """The detector for the positions of a task; the other arguments are those of the class."""
        return cls(first=task.first, last=task.last, **arguments)

    def predict(self, x: Float[Tensor, "seed signal time"]) -> Int[Tensor, "seed signal"]:
        """The class (position minus ``first``) of each signal."""
        return self.predict_many(x, torch.tensor([self.tau]))[0]

    def predict_many(
        self, x: Float[Tensor, "seed signal time"], taus: Float[Tensor, " width"]
    ) -> Int[Tensor, "width seed signal"]:
        """The answers of detectors with several widths, in one convolution per chunk of signals.

        x: the signals.
        taus: the standard deviations that replace ``tau``.
        """
        low, high = (2, x.shape[-1]) if self.anywhere else (self.first, self.last)
        filters = [gaussian_derivative(self.window, float(tau)) for tau in taus]
        # the responses of all widths to all signals would not fit in memory
        chunks = [responses(part, filters)[..., low - 2 : high - 1].argmax(dim=-1) for part in x.split(500, dim=1)]
        return torch.cat(chunks, dim=-1) + (low - self.first)


def responses(
    x: Float[Tensor, "seed signal time"], filters: Sequence[Float[Tensor, " tap"]]
) -> Float[Tensor, "filter seed signal change"]:
    """Signals convolved with difference filters: entry i is the change from point i + 1 to point i + 2, counted from 1.

    x: the signals. Points beyond their ends count as zero, as in the study's convolutions of unchanged length.
    filters: difference filters, which have an even number of taps.
    """
    kernels = torch.stack(list(filters)).flip(-1).to(x)[:, None]  # conv1d correlates, so filters are flipped
    reach = kernels.shape[-1] // 2
    filtered = functional.conv1d(x.reshape(-1, 1, x.shape[-1]), kernels, padding=reach)[..., 1:-1]
    return filtered.transpose(0, 1).unflatten(1, x.shape[:2])


class BayesDetector:
    """The best detector for a known task: the probability of every jump position given the signal, in closed form.

    The arguments are those of :class:`helpers.studies.jump_detection.signals.JumpTask`. All positions are equally
    probable a priori.
    """

    def __init__(
        self, *, length: int, first: int, last: int, jump: float, noise_before: float, noise_after: float
    ) -> None:
        self.length, self.first, self.last = length, first, last
        self.jump, self.noise_before, self.noise_after = jump, noise_before, noise_after

    @classmethod
    def of(cls, task: JumpTask) -> BayesDetector:
        """The best detector for a task."""
        return cls(**asdict(task))

    def log_posterior(self, x: Float[Tensor, "seed signal time"]) -> Float[Tensor, "seed signal class"]:
        """Natural logarithm of the probability of each jump position."""
        before = -(x / self.noise_before).square() / 2 - math.log(self.noise_before)
        after = -((x - self.jump) / self.noise_after).square() / 2 - math.log(self.noise_after)
        # A jump one point later moves one point from "after" to "before": log-odds relative to a jump at point 1.
        odds = functional.pad((before - after).double().cumsum(dim=-1), (1, 0))
        likelihood = odds[..., self.first - 1 : self.last]
        return likelihood.log_softmax(dim=-1).to(x.dtype)

    def weights(self) -> tuple[Float[Tensor, "time class"], Float[Tensor, " class"]]:
        """Weight matrix and biases of the linear layer whose softmax is the posterior.

        Raises ValueError for unequal noise, since the posterior is then quadratic in the signal.
        """
        if self.noise_before != self.noise_after:
            raise ValueError(
                f"With noise {self.noise_before} before and {self.noise_after} after the jump the posterior is not "
                "linear in the signal; give equal noise."
            )
        time = torch.arange(1, self.length + 1)[:, None]
        after = (time >= torch.arange(self.first, self.last + 1)).float()
        precision = self.noise_before**-2
        return after * self.jump * precision, -after.sum(dim=0) * self.jump**2 / 2 * precision

    def predict(
        self,
        x: Float[Tensor, "seed signal time"],
        loss: Literal["zero-one", "absolute", "squared"] = "zero-one",
    ) -> Int[Tensor, "seed signal"] | Float[Tensor, "seed signal"]:
        """The answer with the smallest expected loss, as a class: the posterior's mode, median or (unrounded) mean."""
        log_posterior = self.log_posterior(x)
        if loss == "zero-one":
            return log_posterior.argmax(dim=-1)
        probability = log_posterior.double().exp()
        if loss == "absolute":
            return (probability.cumsum(dim=-1) < 0.5).sum(dim=-1)
        return (probability * torch.arange(probability.shape[-1], device=x.device)).sum(dim=-1).to(x.dtype)


class LikelihoodRatioDetector:
    """The most likely jump position where neither level nor the noise is known, only that the noise stays the same.

    For each position, levels and noise are those that make the signal most likely (the generalised likelihood ratio;
    eq. 3.1 with unknown parameters). The noise left over is smallest where the two means differ most, weighted by how
    many points each is a mean of.

    first, last: the range of positions at which jumps occur, counted from 1. Raises ValueError for a first position
    without a point before it.
    """

    def __init__(self, *, first: int, last: int) -> None:
        if not 1 < first <= last:
            raise ValueError(f"positions {first} to {last}: a level needs a point, so 1 < first <= last")
        self.first, self.last = first, last

    def predict(self, x: Float[Tensor, "seed signal time"]) -> Int[Tensor, "seed signal"]:
        """The class (position minus ``first``) of each signal."""
        sums = x.double().cumsum(dim=-1)
        before = torch.arange(1, x.shape[-1], device=x.device)  # points before a jump at position 2, 3, ...
        after = x.shape[-1] - before
        step = (sums[..., -1:] - sums[..., :-1]) / after - sums[..., :-1] / before
        weighted = step.square() * before * after
        return weighted[..., self.first - 2 : self.last - 1].argmax(dim=-1)
