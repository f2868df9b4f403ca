import pytest
import torch
from torch import nn

from helpers.models.normalisation import LocalResponseNorm


@pytest.mark.parametrize("settings", [(5, 1e-4, 0.75, 1.0), (9, 1e-4, 0.5, 1.0), (3, 0.5, 0.75, 2.0)])
@pytest.mark.parametrize("channels", [2, 7, 30])
def test_values_and_gradients_are_those_of_torch(settings, channels):
    x = 50 * torch.randn(2, channels, 6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = []
    for layer in (LocalResponseNorm(*settings), nn.LocalResponseNorm(*settings)):
        given = x.clone().requires_grad_()
        y = layer(given)
        found.append((y.detach(), torch.autograd.grad((y**2).sum(), given)[0]))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_a_window_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="size = 4 must be odd"):
        LocalResponseNorm(4, 1e-4, 0.75, 1.0)
