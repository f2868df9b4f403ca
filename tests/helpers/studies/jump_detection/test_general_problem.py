"""The general problem: what is drawn, and the best detector against one that adds a point at a time."""

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.studies.jump_detection.general_problem import GeneralDetector, GeneralTask, best_filter, draw, standardised

SMALL = GeneralTask(length=12, first=2, last=11)


def slow_log_evidence(task, stretch):
    """Each point's Student t probability given those before it, which is the definition of the evidence."""
    mean, ratio, shape, scale = 0.0, task.level_ratio, task.shape, task.scale
    total = 0.0
    for x in stretch:
        spread = np.sqrt(scale * (ratio + 1) / (shape * ratio))
        total += stats.t.logpdf(x, 2 * shape, loc=mean, scale=spread)
        scale += ratio * (x - mean) ** 2 / (2 * (ratio + 1))
        mean, ratio, shape = (ratio * mean + x) / (ratio + 1), ratio + 1, shape + 0.5
    return total


def test_the_posterior_is_that_of_a_loop_over_points():
    x = draw(SMALL, 5, seeds=[3, 4], purpose="test").signals.x
    found = GeneralDetector(SMALL).log_posterior(x)
    for seed, signal in np.ndindex(2, 5):
        points = x[seed, signal].double().tolist()
        slow = [slow_log_evidence(SMALL, points[:t]) + slow_log_evidence(SMALL, points[t:]) for t in range(1, 11)]
        expected = torch.tensor(slow).log_softmax(0)
        torch.testing.assert_close(found[seed, signal], expected.float(), atol=1e-4, rtol=1e-4)


def test_the_posterior_is_calibrated():
    drawn = draw(SMALL, 20_000, seeds=[0], purpose="test").signals
    probability = GeneralDetector(SMALL).log_posterior(drawn.x).exp()
    hit = probability.argmax(-1) == drawn.label
    assert hit.float().mean() == pytest.approx(float(probability.amax(-1).mean()), abs=0.01)


def test_signals_have_the_levels_and_the_noise_that_were_drawn():
    task = GeneralTask(length=2_000, first=1_000, last=1_001)
    signals, levels = draw(task, 50, seeds=[1], purpose="test")
    for side, part in enumerate((signals.x[..., :999], signals.x[..., 1_001:])):
        error = (part.mean(-1) - levels.mean[..., side]) / levels.noise[..., side]
        assert error.abs().max() < 0.15
        assert (part.std(-1) / levels.noise[..., side] - 1).abs().max() < 0.15


def test_variances_and_levels_have_the_distribution_of_the_task():
    task = GeneralTask()
    _, levels = draw(task, 20_000, seeds=[0], purpose="test")
    assert levels.noise.square().mean() == pytest.approx(task.scale / (task.shape - 1), rel=0.05)
    ratio = (levels.mean / levels.noise).square().mean()
    assert ratio == pytest.approx(1 / task.level_ratio, rel=0.05)


def test_the_noise_alone_may_change():
    _, levels = draw(SMALL, 10, seeds=[0], purpose="test", same_level=True)
    assert torch.equal(levels.mean[..., 0], levels.mean[..., 1])
    assert not torch.equal(levels.noise[..., 0], levels.noise[..., 1])


def test_a_seed_s_signals_depend_on_it_alone():
    both = draw(SMALL, 4, seeds=[5, 6], purpose="test").signals
    one = draw(SMALL, 4, seeds=[6], purpose="test").signals
    assert torch.equal(both.x[1], one.x[0]) and torch.equal(both.label[1], one.label[0])


@pytest.mark.parametrize("change", [{"first": 1}, {"last": 100}, {"shape": 0.0}, {"level_ratio": float("inf")}])
def test_what_is_no_task(change):
    with pytest.raises(ValueError, match="needed"):
        GeneralTask(**change)
    with pytest.raises(ValueError, match="at least one"):
        draw(SMALL, 0, seeds=[0], purpose="test")


def test_standardised_signals_do_not_tell_their_scale():
    x = draw(SMALL, 4, seeds=[0], purpose="test").signals.x
    torch.testing.assert_close(standardised(7 * x - 3), standardised(x), atol=1e-5, rtol=1e-4)
    assert standardised(x).std(-1).numpy() == pytest.approx(np.ones((1, 4)), rel=1e-5)


@pytest.mark.parametrize("level", [0.0, 5.0])
def test_the_filter_finds_jumps_of_either_sign_at_any_level(level):
    task = GeneralTask()
    label = torch.tensor([[0, 10, 50, 97]])
    after = torch.arange(1, 101) >= label[..., None] + task.first
    x = level + after * torch.tensor([2.0, -2.0, 2.0, -2.0])[:, None]
    signals = LabelledStack(x, label)
    assert torch.equal(best_filter(signals, task)(x), label)
