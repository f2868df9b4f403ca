"""The layer that is chosen where none is named."""

import pytest
import torch
from torch import nn
from torchvision import models

from helpers.hooks.deep_layer import NoDeepLayer, deep_layer
from helpers.models.googlenet import GoogLeNet
from helpers.models.vgg import VGG16


@pytest.mark.parametrize(
    ("network", "size", "layer"),
    [
        (VGG16, 224, "relu5_3"),
        (lambda: VGG16(width=0.1), 224, "relu5_3"),
        (models.alexnet, 224, "features.11"),
        (models.resnet18, 64, "layer4.1.relu"),
        (lambda: GoogLeNet(width=0.1), 224, "mixed5b_pool_reduce"),
    ],
)
def test_of_known_networks(network, size, layer):
    with torch.device("meta"):
        network = network()
    assert deep_layer(network, size) == layer


def test_where_no_non_linearity_has_positions():
    convolutions = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, stride=2), nn.BatchNorm2d(4), nn.Flatten())
    assert deep_layer(convolutions, 12) == "1"
    assert deep_layer(convolutions, 12, usable=lambda layer: layer.name != "1") == "0"
    assert deep_layer(nn.Sequential(nn.AvgPool2d(2), nn.Flatten()), 12) == "0"


def test_refused():
    with pytest.raises(NoDeepLayer, match="Sequential has no layer whose units have more than one position"):
        deep_layer(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 5), nn.ReLU()), 8)
