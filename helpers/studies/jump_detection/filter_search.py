"""Which window and width of the derivative filter err least on given signals (study: section 3.2.3)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.studies.jump_detection.detectors import GradientDetector
from helpers.studies.jump_detection.localisation import absolute_errors
from helpers.studies.jump_detection.signals import JumpTask


def mean_errors(
    task: JumpTask, signals: LabelledStack, *, windows: Sequence[int], taus: Float[Tensor, " width"]
) -> Float[Tensor, "window width seed"]:
    """The mean absolute error, in points, of the derivative filter with every window and width.

    signals: labelled signals of several seeds, (seed, signal, time).
    windows: odd numbers of points.
    taus: standard deviations of the smoother, in points.

    Raises ValueError for an even window.
    """
    errors = []
    for window in windows:
        guesses = GradientDetector.of(task, window=window).predict_many(signals.x, taus)
        errors.append(torch.stack([absolute_errors(g, signals.label).double().mean(dim=-1) for g in guesses]))
    return torch.stack(errors).cpu()


def best_filters(
    task: JumpTask, signals: LabelledStack, *, windows: Sequence[int], taus: Float[Tensor, " width"]
) -> list[GradientDetector]:
    """The detector with the smallest mean absolute error, one per seed; the arguments are those of mean_errors."""
    best = mean_errors(task, signals, windows=windows, taus=taus).flatten(0, 1).argmin(dim=0).tolist()
    return [GradientDetector.of(task, window=windows[k // len(taus)], tau=float(taus[k % len(taus)])) for k in best]
