"""The list of a network's layers against what hooks see while it runs."""

import pytest
import torch
from torch import nn
from torchvision import models

from helpers.hooks.layer_table import layers
from helpers.hooks.receptive_fields import FieldError
from helpers.models.googlenet import GoogLeNet
from helpers.models.vgg import VGG16


def hooked_shapes(network, size):
    """Name and shape of every layer in the order in which they end."""
    seen = {}
    for name, layer in network.named_modules():
        layer.register_forward_hook(lambda _layer, _input, output, name=name: seen.update({name: output.shape[1:]}))
    network.eval()(torch.zeros(1, 3, *size))
    return [(name, tuple(shape)) for name, shape in seen.items() if name]


@pytest.mark.parametrize(
    "network",
    [
        lambda: VGG16(width=0.05, classes=3, head="average"),
        lambda: GoogLeNet(width=0.1, classes=3),
        lambda: GoogLeNet(width=0.1, classes=3, variant="lucid"),
        lambda: models.squeezenet1_1(num_classes=3),
    ],
)
def test_names_order_and_shapes(network):
    network = network()
    found = [(layer.name, layer.shape) for layer in layers(network, (64, 80))]
    assert found == hooked_shapes(network, (64, 80))


def test_a_layer():
    network = GoogLeNet(width=0.5, classes=3)
    by_name = {layer.name: layer for layer in layers(network, 64)}
    found = by_name["mixed3a_5x5_pre_relu"]
    assert (found.kind, found.kernel, found.stride, found.shape) == ("Conv2d", (5, 5), (1, 1), (16, 8, 8))
    assert found.receptive_field.size == (59, 59)
    found = by_name["mixed3a"]
    assert (found.kind, found.kernel, found.stride, found.shape) == ("Concatenation", None, None, (128, 8, 8))


def test_behind_an_unknown_operation_the_field_is_missing():
    class Rolling(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.last(torch.roll(self.first(x), 1, 2))

    first, last = layers(Rolling(), 8)
    assert first.receptive_field.size == (3, 3)
    assert last.receptive_field is None and last.shape == (3, 6, 6)


def test_refused():
    with pytest.raises(FieldError, match="VGG16 does not run on images of 8 points"):
        layers(VGG16(width=0.05, classes=3, head="average"), 8)
