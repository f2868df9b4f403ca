"""A network is taken apart into blocks and branches whose kernels and numbers are those that it has."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from helpers.data.images import AUTO
from helpers.hooks.recording import record
from helpers.models.pretrained import load
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.subject import SubjectError, blocks_of, subject

VGG = load("vgg16").preprocessing


def of(model, layer=AUTO):
    return subject({"model": model, "layer": layer})


def test_the_branches_are_the_blocks_channels_in_their_order():
    seen = of("googlenet")
    network, x = seen.loaded.network, torch.rand(1, 3, 64, 64)
    for block in (seen.block("mixed3b"), seen.block("mixed5b")):
        with record(network, [block.name, *(each.layer for each in block.branches)]) as outputs:
            network(x)
        whole = outputs[block.name]
        assert whole.shape[1] == block.units
        for branch in block.branches:
            assert torch.equal(whole[:, branch.numbers.start : branch.numbers.stop], outputs[branch.layer])
            weights = network.get_submodule(branch.convolution).weight
            assert torch.equal(seen.weights(branch), weights) and branch.size == tuple(weights.shape[2:])


def test_reduce_layers_identities_and_places():
    seen = of("googlenet")
    assert len(seen.blocks) == 9 and len(seen.kernel_sets()) == 18 and not seen.is_studys
    five = next(branch for branch in seen.branches if branch.layer == "mixed4b_5x5")
    assert seen.reduce_weights(five).shape[0] == seen.weights(five).shape[1]
    assert seen.reduce_weights(seen.branches[0]) is None
    names = identities(seen)["unit"]
    assert len(names) == seen.units and names[seen.places(five)][0] == "googlenet/mixed4b/5x5/0"
    assert five.title == "mixed4b 5×5" and five.numbers.stop == five.first + five.units


def test_other_networks_have_a_block_for_each_convolution():
    seen = of("vgg16")
    assert len(seen.blocks) == 13 == len(seen.kernel_sets()) and seen.branches[0].name == "conv1_1"
    assert identities(seen)["unit"][0] == "vgg16/conv1_1/0" and seen.branches[0].title == "conv1_1"


def test_random_weights_are_another_network_of_the_same_shape():
    seen = of("googlenet", "mixed3a")
    other = seen.with_random_weights(0)
    branch = seen.kernel_sets()[0]
    assert not torch.equal(other.weights(branch), seen.weights(branch))
    spreads = [float(each.weights(branch).std()) for each in (other, seen)]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.1)


def test_layers_are_chosen_by_name_and_refused_in_a_sentence():
    seen = of("googlenet", "mixed4b_5x5, mixed3a")
    assert [branch.layer for branch in seen.branches][-1] == "mixed4b_5x5" and len(seen.blocks) == 2
    with pytest.raises(
        SubjectError, match=r"no layer 'mixed4z' of kernels; the nearest names are mixed4.*layer is auto"
    ):
        of("googlenet", "mixed4z")
    with pytest.raises(SubjectError, match=r"mixed3a_1x1 of googlenet has kernels of 1×1; .* choose another layer"):
        of("googlenet", "mixed3a_1x1").kernel_sets()
    with pytest.raises(SubjectError, match="no convolution over images"):
        blocks_of(load(nn.Sequential(nn.Flatten(), nn.Linear(192, 4)), preprocessing=replace(VGG, size=8)))
