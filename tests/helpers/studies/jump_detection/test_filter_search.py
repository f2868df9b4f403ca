"""The search for the best filter against single detectors."""

import pytest
import torch

from helpers.studies.jump_detection.detectors import GradientDetector
from helpers.studies.jump_detection.filter_search import best_filters, mean_errors
from helpers.studies.jump_detection.localisation import absolute_errors
from helpers.studies.jump_detection.signals import JumpTask, sample

TASK, TAUS, WINDOWS = JumpTask(), torch.tensor([0.6, 2.9, 6.0]), (9, 19)
SIGNALS = sample(TASK, 200, seeds=[0, 1], purpose="train", device="cpu")


def test_errors_are_those_of_each_detector():
    errors = mean_errors(TASK, SIGNALS, windows=WINDOWS, taus=TAUS)
    assert errors.shape == (2, 3, 2)
    guess = GradientDetector.of(TASK, window=19, tau=2.9).predict(SIGNALS.x)
    torch.testing.assert_close(errors[1, 1], absolute_errors(guess, SIGNALS.label).double().mean(dim=-1))


def test_the_best_filter_has_the_smallest_error():
    errors = mean_errors(TASK, SIGNALS, windows=WINDOWS, taus=TAUS)
    for seed, detector in enumerate(best_filters(TASK, SIGNALS, windows=WINDOWS, taus=TAUS)):
        found = errors[WINDOWS.index(detector.window), TAUS.tolist().index(detector.tau), seed]
        assert found == errors[..., seed].min()
        assert detector.tau > 0.6  # a filter that hardly smooths is no good detector in this noise


def test_an_even_window_is_refused():
    with pytest.raises(ValueError, match="no middle"):
        mean_errors(TASK, SIGNALS, windows=[8], taus=TAUS)
