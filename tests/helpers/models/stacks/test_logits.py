import torch
from torch.nn import functional

from helpers.models.stacks.logits import LogitSummary, summarise_, summarise_and_gradient_

RANDOM = torch.Generator().manual_seed(0)
LOGITS = 3 * torch.randn(4, 5, 11, generator=RANDOM)  # (seed, class, signal)
LABEL = torch.randint(5, (4, 11), generator=RANDOM)
MINUS_ONE = torch.full((4, 1, 11), -1.0)


def test_answers_and_gradient_equal_autograd():
    logits = LOGITS.clone().requires_grad_()
    expected = functional.cross_entropy(logits, LABEL, reduction="none")
    (gradient,) = torch.autograd.grad(expected.sum(), logits)
    ours = LOGITS.clone()
    answers = summarise_and_gradient_(ours, LABEL, minus_one=MINUS_ONE)
    assert torch.allclose(answers.loss, expected, rtol=1e-5)
    assert torch.equal(answers.wrong, logits.argmax(1) != LABEL)
    assert torch.allclose(ours, gradient, atol=1e-6)


def test_batches_of_answers_are_put_one_after_the_other():
    whole = summarise_(LOGITS.clone(), LABEL)
    parts = [summarise_(*part) for part in zip(LOGITS.clone().split(4, dim=2), LABEL.split(4, dim=1), strict=True)]
    assert torch.allclose(LogitSummary.together(parts).loss, whole.loss)
    assert torch.equal(LogitSummary.together(parts).wrong, whole.wrong)


def test_logits_that_are_no_longer_numbers_have_no_finite_loss():
    for value in (torch.nan, torch.inf):
        logits = LOGITS.clone()
        logits[1, 2, 3] = value
        assert summarise_(logits, LABEL).loss.isfinite().logical_not().nonzero().tolist() == [[1, 3]]
