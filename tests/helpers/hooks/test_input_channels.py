"""Images have as many channels as a network takes."""

import pytest
from torch import nn

from helpers.hooks.input_channels import channels
from helpers.hooks.layer_table import layers
from helpers.hooks.receptive_fields import receptive_field


class Stem(nn.Module):
    """The first layer comes last in the list, and what it takes is made of the image first."""

    def __init__(self, before, first):
        super().__init__()
        self.second, self.first, self.before = nn.Conv2d(9, 2, 1), first, before

    def forward(self, x):
        return self.second(self.first(self.before(x)))


def grey(x):
    return x.mean(1, keepdim=True)


NETWORKS = {
    "convolution": (nn.Conv2d(4, 2, 3), 4),
    "grey": (nn.Sequential(nn.ReLU(), nn.Conv2d(1, 4, 3)), 1),
    "norm": (nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 4, 3)), 2),
    "groups": (nn.Conv2d(6, 6, 3, groups=3), 6),
    "group norm": (nn.Sequential(nn.GroupNorm(1, 5), nn.Conv2d(5, 4, 3)), 5),
    "many": (nn.Conv2d(13, 2, 1), 13),
    "order": (Stem(nn.ReLU(), nn.Conv2d(4, 9, 1)), 4),
    "pixels to channels": (Stem(nn.PixelUnshuffle(2), nn.Conv2d(12, 9, 3)), 3),
    "grey pixels to channels": (Stem(nn.PixelUnshuffle(2), nn.Conv2d(4, 9, 3)), 1),
    "made grey": (Stem(grey, nn.Conv2d(1, 9, 3)), 3),
    "transposed": (nn.ConvTranspose2d(1, 2, 2), 1),
    "fully connected, grey": (nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 5)), 1),
    "fully connected": (nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 5)), 3),
    "wrapped": (nn.DataParallel(nn.Sequential(nn.Conv2d(4, 2, 3))), 4),
    "no weights": (nn.AvgPool2d(2), 3),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_channels(name):
    network, expected = NETWORKS[name]
    assert channels(network) == expected


def test_receptive_fields_and_layers_of_such_networks():
    assert receptive_field(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()), "1", size=28).size == (3, 3)
    assert receptive_field(nn.Sequential(nn.BatchNorm2d(4), nn.Conv2d(4, 4, 5)), "1", size=28).size == (5, 5)
    assert len(layers(nn.Sequential(nn.Flatten(), nn.Linear(784, 5)), 28)) == 2
