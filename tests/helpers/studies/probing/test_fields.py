import pytest
import torch

from helpers.hooks.windows import Window
from helpers.models.initialisation import he_normal_
from helpers.models.vgg import VGG16
from helpers.studies.probing.fields import Influence, effective_side, influences, of_known_field


def slow_side(influence):
    inner = influence.energy[influence.window.slices]
    points = inner.shape[0]
    for side in range(2 - points % 2, points + 1, 2):
        cut = (points - side) // 2
        if inner[cut : cut + side, cut : cut + side].sum() >= 0.9 * inner.sum():
            return side
    raise AssertionError


@pytest.mark.parametrize("points", [5, 8, 13])
def test_effective_side_against_a_loop(points):
    energy = torch.zeros(20, 20)
    energy[2 : 2 + points, 3 : 3 + points] = torch.rand(points, points, generator=torch.Generator().manual_seed(points))
    influence = Influence(energy, Window(2, 2 + points, 3, 3 + points))
    assert effective_side(influence) == slow_side(influence)
    assert influence.outside() == 0


def test_influence_is_the_gradient_and_stays_in_the_field():
    network = VGG16(width=0.05, last="relu2_2").eval()
    he_normal_(network, seed=0)
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    listed = of_known_field(network, 32)
    found = influences(network, listed, x, seed=0)
    assert [entry.name for entry in listed] == ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    assert all(influence.outside() == 0 for influence in found.values())
    sides = [found[entry.name].window.width for entry in listed]
    assert sides == [3, 5, 10, 14]
    assert all(effective_side(found[entry.name]) <= side for entry, side in zip(listed, sides, strict=True))
    weights = torch.randn(listed[0].shape[0], generator=torch.Generator().manual_seed(0))
    by_hand = torch.einsum("u,ucij->cij", weights, network.conv1_1.weight.detach()).square().sum(0)
    assert torch.allclose(found["conv1_1"].energy[15:18, 15:18], by_hand, rtol=1e-4)
