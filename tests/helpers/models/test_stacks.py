import torch
from torch.nn import functional

from helpers.models.stacks import loss_and_delta


def test_loss_and_delta_equal_autograd():
    random = torch.Generator().manual_seed(0)
    logits = (3 * torch.randn(4, 5, 11, generator=random)).requires_grad_()  # (seed, class, signal)
    label = torch.randint(5, (4, 11), generator=random)
    expected = functional.cross_entropy(logits, label, reduction="none").mean(1)
    (gradient,) = torch.autograd.grad(11 * expected.sum(), logits)
    delta = torch.empty(4, 5, 11)
    loss, wrong = loss_and_delta(logits.detach(), label, delta=delta, minus_one=torch.full((4, 1, 11), -1.0))
    assert torch.allclose(loss, expected, rtol=1e-5)
    assert torch.equal(wrong, (logits.argmax(1) != label).sum(1))
    assert torch.allclose(delta, gradient, atol=1e-6)
