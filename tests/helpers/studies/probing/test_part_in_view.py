"""The part in view has the value of the whole network, and its gradient."""

import pytest
import torch
from torch import nn

from helpers.hooks.layer_output import layer_output
from helpers.studies.probing.part_in_view import part_in_view


def chain():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 6, 5, padding=2), nn.ReLU(),
        nn.Conv2d(6, 5, 3, padding=1), nn.ReLU(),
    ).eval().requires_grad_(False)  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "place", "is_part"), [("5", (6, 7), True), ("6", (6, 7), True), ("5", (0, 7), False)]
)
def test_values_and_gradients_are_those_of_the_whole(layer, place, is_part):
    network, pictures = chain(), torch.rand(4, 3, 28, 28, generator=torch.Generator().manual_seed(1))
    part = part_in_view(network, layer, place, size=28, unit_axis=1)
    assert (part.network is not network) == is_part
    assert (part.window.height < 28) == is_part
    seen = part.cut(pictures)
    expected = layer_output(network, layer, pictures)[:, :, *place]
    torch.testing.assert_close(part.activations(seen), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(part.objective(2)(seen), expected[:, 2], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(part.in_double().activations(seen.double()).float(), expected, rtol=1e-4, atol=1e-5)
    x = pictures.clone().requires_grad_()
    with torch.enable_grad():
        value = layer_output(network, layer, x, detach=False)[:, 2, *place].sum()
        (slope,) = torch.autograd.grad(value, x)
    torch.testing.assert_close(part.gradient(2, seen), part.cut(slope), rtol=1e-4, atol=1e-5)
    outside = slope.clone()
    outside[..., *part.window.slices] = 0
    assert (outside == 0).all()


def test_what_is_no_such_chain_is_taken_whole():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 1)

        def forward(self, x):
            return self.a(x) + self.b(x)

    network = nn.Sequential(Sum(), nn.ReLU()).eval().requires_grad_(False)
    part = part_in_view(network, "1", (4, 4), size=12, unit_axis=1)
    assert part.network is network and part.window == (0, 12, 0, 12) and part.place == (4, 4)
