"""Loss sensitivity against finite differences, the Gini coefficient against all pairs."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.loss_sensitivity import changed_answers, gini, loss_sensitivity

RANDOM = torch.Generator().manual_seed(0)
NETWORKS = Perceptrons((6, 5, 4), seeds=[0, 3]).double()
SIGNALS = LabelledStack(
    torch.randn(2, 9, 6, generator=RANDOM, dtype=torch.float64), torch.randint(4, (2, 9), generator=RANDOM)
)


def losses(x):
    logits = NETWORKS(x)
    pairs = zip(logits, SIGNALS.label, strict=True)
    return torch.stack([functional.cross_entropy(a, b, reduction="none") for a, b in pairs])


def test_sensitivity_is_the_mean_absolute_slope():
    slopes = torch.zeros(2, 9)
    for point in range(6):
        moved = torch.zeros(6, dtype=torch.float64)
        moved[point] = 1e-6
        slopes += (losses(SIGNALS.x + moved) - losses(SIGNALS.x - moved)).abs() / 2e-6 / 6
    torch.testing.assert_close(loss_sensitivity(NETWORKS, SIGNALS).float(), slopes, rtol=1e-4, atol=1e-6)


def test_gini_is_half_the_relative_mean_difference():
    values = torch.rand(3, 20, generator=RANDOM)
    expected = [np.abs(v[:, None] - v).mean() / (2 * v.mean()) for v in values.double().numpy()]
    np.testing.assert_allclose(gini(values), expected)


@pytest.mark.parametrize(("values", "expected"), [([1.0, 1.0, 1.0], 0), ([0.0, 0.0, 6.0], 2 / 3)])
def test_gini_of_equal_and_of_lonely_numbers(values, expected):
    assert float(gini(torch.tensor([values]))) == pytest.approx(expected)


def test_answers_change_with_a_long_step_and_not_without_one():
    assert changed_answers(NETWORKS, SIGNALS, step=0.0).tolist() == [0, 0]
    x, answers = SIGNALS.x.clone().requires_grad_(), NETWORKS(SIGNALS.x).argmax(-1)
    (gradient,) = torch.autograd.grad(losses(x).sum(), x)
    expected = (NETWORKS(SIGNALS.x + 0.7 * gradient.sign()).argmax(-1) != answers).double().mean(dim=1)
    assert torch.equal(changed_answers(NETWORKS, SIGNALS, step=0.7), expected)
    assert expected.max() > 0
