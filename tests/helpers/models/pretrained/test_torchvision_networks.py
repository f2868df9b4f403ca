"""torchvision's networks give the same numbers as ever, and what a layer gave out stays as it was."""

from collections import OrderedDict

import pytest
import torch
from torchvision import models

from helpers.models.preprocessing import TORCHVISION
from helpers.models.pretrained import torchvision_networks

# the three whose code calls a function that works in place, and one in which layers do
NETWORKS = ["googlenet", "densenet121", "squeezenet1_1"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_numbers_and_nothing_overwritten(name):
    transform = {"transform_input": True} if name == "googlenet" else {}
    ours = torchvision_networks.build(name, classes=10, seed=3, **transform).eval()
    options = dict(aux_logits=False, init_weights=False, **transform) if name == "googlenet" else {}
    theirs = models.get_model(name, weights=None, num_classes=10, **options).eval()
    theirs.load_state_dict(ours.state_dict())
    given, copies = {}, {}
    for layer_name, layer in ours.named_modules():
        if not list(layer.children()):  # hooks that copy, and hooks that trust
            layer.register_forward_hook(
                lambda _layer, _input, output, name=layer_name: (
                    (
                        given.update({name: output}),
                        copies.update({name: output.clone()}),
                    )[2:]
                    or None
                )
            )
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))
    assert len(given) > 20
    assert [layer for layer in given if not torch.equal(given[layer], copies[layer])] == []


def test_weights_of_a_seed():
    before = torch.random.get_rng_state()
    first, again, other = (torchvision_networks.build("squeezenet1_1", classes=3, seed=s) for s in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first.classifier[1].weight, again.classifier[1].weight)
    assert not torch.equal(first.classifier[1].weight, other.classifier[1].weight)


def test_published_weights():
    url, preprocessing = torchvision_networks.published("vgg16")
    assert url == models.VGG16_Weights.IMAGENET1K_V1.url
    assert preprocessing == TORCHVISION
    assert torchvision_networks.published("inception_v3")[1].size == 299
    names = torchvision_networks.class_names()
    assert len(names) == 1000 and names[0] == "tench" and names[-1] == "toilet tissue"


def test_names_in_old_files():
    tensors = OrderedDict(
        {
            "features.denseblock1.denselayer2.norm.1.running_mean": torch.zeros(1),
            "features.denseblock1.denselayer2.conv.2.weight": torch.zeros(1),
            "features.norm5.weight": torch.zeros(1),
            "aux1.fc1.weight": torch.zeros(1),
        }
    )
    assert list(torchvision_networks.current_names(tensors)) == [
        "features.denseblock1.denselayer2.norm1.running_mean",
        "features.denseblock1.denselayer2.conv2.weight",
        "features.norm5.weight",
    ]
