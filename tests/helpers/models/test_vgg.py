"""VGG-16: torchvision's layers under the names of the study."""

import pytest
import torch
from torch import nn
from torchvision.models import vgg as torchvision_vgg

from helpers.models.initialisation import he_normal_
from helpers.models.vgg import VGG16

CONVOLUTIONS = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1", "5_2", "5_3"]


def test_layers_in_order():
    names = list(VGG16(width=0.1, head="average", classes=3)._modules)
    assert [name[4:] for name in names if name.startswith("conv")] == CONVOLUTIONS
    assert [name[4:] for name in names if name.startswith("relu")] == CONVOLUTIONS
    assert names[:6] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1"]
    assert names[-6:] == ["conv5_3", "relu5_3", "pool5", "avgpool", "flatten", "fc"]


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({}, 138_357_544),  # the number that torchvision gives for its vgg16
        ({"width": 0.25, "head": "average", "classes": 32}, 924_912),
    ],
)
def test_parameters(options, parameters):
    with torch.device("meta"):
        network = VGG16(**options)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert not any(getattr(layer, "inplace", False) for layer in network.modules())


def test_the_same_numbers_as_torchvisions_features():
    theirs = torchvision_vgg.make_layers(torchvision_vgg.cfgs["D"])
    ours = VGG16(last="pool5")
    he_normal_(theirs, seed=0)
    for parameter, weights in zip(ours.parameters(), theirs.parameters(), strict=True):
        parameter.data = weights.data
    x = torch.randn(1, 3, 32, 40)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))


def test_heads():
    x = torch.rand(2, 3, 32, 32)
    dense = VGG16(width=0.05, classes=5)
    assert dense(x).shape == (2, 5)
    assert dense.fc6.in_features == dense.conv5_3.out_channels * 49
    average = VGG16(width=0.05, classes=5, head="average")
    last = nn.Sequential(*list(average)[:-3])(x)
    assert torch.allclose(average(x), average.fc(last.mean((2, 3))), atol=1e-6)


def test_ends_after_the_last_layer():
    whole, part = VGG16(width=0.1, head="average"), VGG16(width=0.1, last="relu2_2")
    assert list(part._modules) == list(whole._modules)[:9]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 0.001}, "width is 0.001, which leaves a block without channels"),
        ({"width": 0.1, "head": "wide"}, "head is 'wide'; allowed are dense and average"),
        ({"width": 0.1, "last": "conv6_1"}, r"no layer 'conv6_1' to end with; its layers are conv1_1, relu1_1"),
    ],
)
def test_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        VGG16(**options)
