import pytest
import torch
from torch import nn

from helpers.models.pretrained import load
from helpers.studies.googlenet_neurons.border_depths import OTHERS, Depths, alike, other_networks, weighed
from helpers.studies.googlenet_neurons.border_lines import lines_of


@pytest.fixture(scope="module")
def small():
    return load("vgg16", weights="embedded")


def test_scores_are_those_of_each_convolution_in_their_order(small):
    found = weighed(small, shuffles=2, seed=0)
    convolutions = [each for each in small.network.modules() if isinstance(each, nn.Conv2d)]
    assert found.depth == pytest.approx([k / 12 for k in range(13)])
    assert len(convolutions) == 13
    for k in (0, 12):
        assert torch.equal(found.score[k], lines_of(convolutions[k].weight.detach()).best)
    assert found.shuffles[3].shape == (2, convolutions[3].out_channels)
    assert weighed(small, only=("conv1_2",), shuffles=1, seed=0).depth == pytest.approx([1 / 12])
    assert weighed(small, only=(), shuffles=1, seed=0).depth == []


def test_small_networks_are_compared_with_small_ones(small):
    assert list(other_networks(load("googlenet", weights="embedded"))) == [OTHERS["vgg16"]]
    assert list(other_networks(small)) == []


def of(shares, depth):
    """Ten units a convolution, of which this share is above the threshold."""
    score = [torch.cat([torch.ones(int(10 * share)), torch.zeros(10 - int(10 * share))]) for share in shares]
    return Depths(depth=depth, score=score, shuffles=[torch.zeros(1, 10)] * len(shares))


def test_shares_are_read_off_at_our_depths():
    ours = of([0.0, 0.2, 0.6, 0.8], [0.25, 0.5, 0.75, 1.0])
    rising, falling = of([0.0, 1.0], [0.0, 1.0]), of([1.0, 0.0], [0.0, 1.0])
    assert ours.shares() == pytest.approx([0.0, 0.2, 0.6, 0.8])
    assert alike(ours, rising) == pytest.approx([1.0] * 5)
    assert alike(ours, falling) == pytest.approx([-1.0] * 5)
    assert alike(ours, rising, chance=True) == [0.0] * 5


def test_every_fifth_unit_is_a_part():
    found = Depths(
        depth=[0.0], score=[torch.tensor([0.9, 0, 0, 0, 0, 0.9, 0.6])], shuffles=[torch.tensor([[0.0] * 6 + [0.9]])]
    )
    assert found.in_parts() == [[1.0], [0.5], [0.0], [0.0], [0.0]]
    assert found.in_parts(chance=True) == [[0.0], [0.5], [0.0], [0.0], [0.0]]
