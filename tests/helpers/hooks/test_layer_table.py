"""The list of a network's layers against what hooks see while it runs."""

import pytest
import torch
from torch import nn
from torchvision import models

from helpers.hooks.layer_table import layers
from helpers.hooks.receptive_fields import FieldError
from helpers.hooks.unit_axis import units_first
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
    class Sorting(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.last(self.first(x).sort(dim=2).values)

    first, last = layers(Sorting(), 8)
    assert first.receptive_field.size == (3, 3)
    assert last.receptive_field is None and last.shape == (3, 6, 6)


def test_a_layer_that_runs_more_than_once_is_listed_once():
    relu = nn.ReLU()
    network = nn.Sequential(nn.Conv2d(3, 4, 3), relu, nn.Conv2d(4, 5, 3), relu)
    listed = {layer.name: layer for layer in layers(network, 9)}
    assert list(listed) == ["0", "2", "1"]
    assert (listed["1"].calls, listed["1"].shape, listed["2"].calls) == (2, (5, 5, 5), 1)


class Attending(nn.Module):
    """Patches of an image as tokens, attention and a class unit; one decision by a shape."""

    def __init__(self):
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, 8, 4, stride=4), nn.LayerNorm(8)
        self.attention, self.mlp = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 16)
        self.encoder = nn.TransformerEncoderLayer(16, 2, 8, batch_first=True)
        self.rows, self.head = nn.Linear(16, 6), nn.Linear(6, 5)

    def forward(self, x):
        x = self.patches(x)
        if x.shape[2] < 2:
            raise ValueError("too small")
        x = self.norm(x.flatten(2).transpose(1, 2))
        x = self.encoder(self.mlp(x + self.attention(x, x, x)[0]))
        x = self.rows(x.view(1, 2, 3, 16))
        return self.head(x.mean((1, 2)))


@pytest.mark.parametrize(
    ("layer", "shape", "axis", "units", "places"),
    [
        ("patches", (8, 2, 3), 1, 8, (2, 3)),
        ("norm", (6, 8), 2, 8, (6,)),
        ("attention", (6, 8), 2, 8, (6,)),
        ("mlp", (6, 16), 2, 16, (6,)),
        ("encoder", (6, 16), 2, 16, (6,)),
        ("rows", (2, 3, 6), 3, 6, (2, 3)),
        ("head", (5,), 1, 5, ()),
    ],
)
def test_axes_of_units_and_positions(layer, shape, axis, units, places):
    network = Attending().eval()
    found = {entry.name: entry for entry in layers(network, (8, 12))}[layer]
    assert (found.shape, found.unit_axis, found.units, found.positions) == (shape, axis, units, places)
    first = units_first(torch.zeros(1, *shape), found.unit_axis)
    assert first.shape == (1, units, *places)
    assert found.receptive_field.units == places


def test_convolutions_along_one_or_three_axes_have_no_rows_and_columns():
    (_, flat, last) = layers(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(2), nn.Conv1d(4, 5, 3)), 5)
    assert (flat.unit_axis, last.kernel, last.units, last.positions) == (1, None, 5, (7,))


def test_refused():
    with pytest.raises(FieldError, match="VGG16 does not run on images of 8 points"):
        layers(VGG16(width=0.05, classes=3, head="average"), 8)
