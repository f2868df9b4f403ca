"""The detectors against NumPy, SciPy and a posterior computed point by point."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.ndimage import gaussian_filter1d

from helpers.studies.jump_detection.detectors import (
    BayesDetector,
    GradientDetector,
    LikelihoodRatioDetector,
    gaussian_derivative,
    gaussian_smoother,
    responses,
)
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.signals import JumpTask, sample

TASK = JumpTask()
bayes = BayesDetector.of


def test_smoother_is_scipys():
    impulse = np.zeros(41)
    impulse[20] = 1
    ours = gaussian_smoother(41, 2.9).numpy()
    np.testing.assert_allclose(ours, gaussian_filter1d(impulse, 2.9, truncate=20 / 2.9), atol=1e-6)
    assert ours.sum() == pytest.approx(1)


def test_derivative_is_the_convolution_with_the_difference():
    expected = np.convolve(gaussian_smoother(19, 2.9).numpy(), [1, -1])
    np.testing.assert_allclose(gaussian_derivative(19, 2.9).numpy(), expected, atol=1e-7)


@pytest.mark.parametrize(
    ("window", "tau", "sentence"), [(18, 2.9, "18 points has no middle"), (0, 1.0, "no middle"), (19, 0.0, "tau is 0")]
)
def test_impossible_filters(window, tau, sentence):
    with pytest.raises(ValueError, match=sentence):
        gaussian_smoother(window, tau)


def test_response_is_numpys_convolution_and_difference():
    x = sample(TASK, 3, seeds=[0], purpose="test", device="cpu").x
    response = responses(x, [gaussian_derivative(19, 2.9)])[0]
    for signal, ours in zip(x[0].numpy(), response[0].numpy(), strict=True):
        smooth = np.convolve(signal, gaussian_smoother(19, 2.9).numpy(), mode="same")
        np.testing.assert_allclose(ours, np.diff(smooth), atol=1e-5)


def test_the_answer_lies_anywhere_or_among_the_jumps():
    falling = torch.zeros(1, 2, 100)
    falling[0, 0, 90:] = 1.0  # rises outside the positions 21 to 80
    falling[0, 1, 4:] = 1.0
    assert (GradientDetector().predict(falling) + 21).tolist() == [[91, 5]]
    inside = GradientDetector(anywhere=False).predict(falling)
    assert ((inside >= 0) & (inside < 60)).all()


def test_a_clean_step_is_found_exactly():
    clean = torch.zeros(1, 60, 100)
    for c in range(60):
        clean[0, c, 20 + c :] = 3.0
    expected = torch.arange(60)[None]
    assert torch.equal(GradientDetector().predict(clean), expected)
    assert torch.equal(bayes(TASK).predict(clean), expected)
    many = GradientDetector().predict_many(clean, torch.tensor([1.0, 2.9]))
    assert torch.equal(many, expected.expand(2, 1, 60))


def test_many_widths_are_each_widths_answer():
    x = sample(TASK, 700, seeds=[0, 1], purpose="test", device="cpu").x
    many = GradientDetector().predict_many(x, torch.tensor([1.5, 2.9]))
    for tau, answers in zip((1.5, 2.9), many, strict=True):
        assert (GradientDetector(tau=tau).predict(x) == answers).float().mean() > 0.999  # ties apart


@pytest.mark.parametrize(
    "task", [TASK, JumpTask(first=2, last=99, noise_before=0.5, noise_after=2.0), JumpTask(jump=-1.0, noise_after=0.3)]
)
def test_posterior_point_by_point(task):
    x = sample(task, 3, seeds=[0], purpose="test", device="cpu").x
    ours = bayes(task).log_posterior(x)[0].numpy()
    for signal, row in zip(x[0].double().numpy(), ours, strict=True):
        likelihood = np.array(
            [
                stats.norm.logpdf(signal[: t - 1], 0, task.noise_before).sum()
                + stats.norm.logpdf(signal[t - 1 :], task.jump, task.noise_after).sum()
                for t in range(task.first, task.last + 1)
            ]
        )
        np.testing.assert_allclose(row, likelihood - np.logaddexp.reduce(likelihood), atol=1e-3)


def test_weights_are_the_posterior_as_a_layer():
    x = sample(TASK, 5, seeds=[0], purpose="test", device="cpu").x
    weight, bias = bayes(TASK).weights()
    torch.testing.assert_close((x @ weight + bias).log_softmax(-1), bayes(TASK).log_posterior(x), atol=1e-3, rtol=1e-3)
    with pytest.raises(ValueError, match="not linear in the signal"):
        bayes(JumpTask(noise_after=2.0)).weights()


def test_mode_median_and_mean_of_the_posterior():
    x = sample(JumpTask(noise_before=2.0, noise_after=2.0), 50, seeds=[0], purpose="test", device="cpu").x
    detector = bayes(JumpTask(noise_before=2.0, noise_after=2.0))
    p = detector.log_posterior(x)[0].double().exp().numpy()
    classes = np.arange(60)
    np.testing.assert_array_equal(detector.predict(x)[0], p.argmax(axis=1))
    np.testing.assert_array_equal(detector.predict(x, "absolute")[0], [np.searchsorted(row.cumsum(), 0.5) for row in p])
    np.testing.assert_allclose(detector.predict(x, "squared")[0], p @ classes, rtol=1e-4)


def test_nothing_beats_the_posterior_in_its_own_loss():
    test = sample(TASK, 4_000, seeds=[0], purpose="test", device="cpu")
    errors = {
        loss: localisation_errors(bayes(TASK).predict(test.x, loss), test.label) for loss in ("absolute", "squared")
    }
    filtered = localisation_errors(GradientDetector().predict(test.x), test.label)
    assert errors["absolute"].l1 < filtered.l1
    assert errors["absolute"].l1 <= errors["squared"].l1
    assert errors["squared"].l2 <= errors["absolute"].l2
    assert errors["squared"].l2 < filtered.l2


def test_likelihood_ratio_is_the_smallest_noise_that_two_free_levels_leave():
    x = sample(TASK, 20, seeds=[0, 3], purpose="test", device="cpu").x
    predicted = LikelihoodRatioDetector(first=2, last=99).predict(x)
    for signal, answer in zip(x.flatten(0, 1).double().numpy(), predicted.flatten(), strict=True):
        left = [((s - s.mean()) ** 2).sum() for at in range(2, 100) for s in (signal[: at - 1], signal[at - 1 :])]
        assert int(np.argmin(np.reshape(left, (-1, 2)).sum(axis=1))) == answer
    within = LikelihoodRatioDetector(first=21, last=80).predict(x)
    same = (predicted >= 19) & (predicted <= 78)
    assert torch.equal(predicted[same] - 19, within[same])
    assert torch.equal(LikelihoodRatioDetector(first=2, last=99).predict(7 - 3 * x), predicted)


def test_a_level_needs_a_point():
    with pytest.raises(ValueError, match="a level needs a point"):
        LikelihoodRatioDetector(first=1, last=80)
