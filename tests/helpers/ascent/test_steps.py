import pytest
import torch

from helpers.ascent.steps import adam, normalised_step, sgd_step, within


def test_a_gradient_step_is_the_gradient_times_the_rate():
    x, gradient = torch.randn(4, 50), torch.randn(4, 50)
    moved, state = sgd_step(2)(x, gradient, ())
    assert torch.equal(moved, x + 2 * gradient)
    assert state == ()
    torch.testing.assert_close(sgd_step(0.3, fused=True)(x, gradient, ())[0], x + 0.3 * gradient)


def test_a_fused_step_has_the_numbers_of_torch():
    x, gradient = torch.randn(4, 500), torch.randn(4, 500)
    parameter = x.clone().requires_grad_()
    parameter.grad = gradient.clone()
    torch.optim.SGD([parameter], lr=0.3, maximize=True).step()
    assert torch.equal(sgd_step(0.3, fused=True)(x, gradient, ())[0], parameter.detach())


def test_steps_of_one_length_ignore_the_size_of_the_gradient():
    gradient = torch.tensor([[3.0, 4.0], [3e-9, 4e-9]])
    moved, _ = normalised_step(0.5)(torch.ones(2, 2), gradient, ())
    assert torch.allclose(moved, torch.tensor([[1.3, 1.4], [1.3, 1.4]]))


@pytest.mark.parametrize("options", [{}, {"betas": (0.5, 0.9), "eps": 1e-3}])
def test_adam_has_the_numbers_of_torch(options):
    x = torch.randn(3, 200)
    parameter = x.clone().requires_grad_()
    optimiser = torch.optim.Adam([parameter], lr=0.3, maximize=True, **options)
    rule, state = adam(0.3, **options), ()
    for size in (1.0, 0.01, 3.0, 0.0, 1.0):
        gradient = size * torch.randn(x.shape)
        parameter.grad = gradient.clone()
        optimiser.step()
        x, state = rule(x, gradient, state)
        torch.testing.assert_close(x, parameter.detach(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("rule", [sgd_step, adam])
@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_not_positive_is_named(rule, rate):
    with pytest.raises(ValueError, match=f"rate = {rate} must be positive"):
        rule(rate)


def test_a_length_that_is_not_positive_is_named():
    with pytest.raises(ValueError, match=r"length = 0\.0 must be positive"):
        normalised_step(0.0)


def test_a_step_within_a_box_ends_at_its_border():
    low, high = torch.tensor([-1.0, 0.0])[:, None], torch.tensor([1.0, 2.0])[:, None]
    x, gradient = torch.zeros(2, 3), torch.tensor([[5.0, -5.0, 0.5], [5.0, -5.0, 0.5]])
    moved, state = within(sgd_step(1), low, high)(x, gradient, ())
    assert moved.tolist() == [[1.0, -1.0, 0.5], [2.0, 0.0, 0.5]] and state == ()
    _, state = within(adam(0.1), low, high)(x, gradient, ())
    assert state.steps == 1
