"""Layers with units, and who reads whom: followed in the graph, checked by disturbing a unit."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import load
from workflow.units import wiring
from workflow.units.layers import NoUnits, traced, unit_layers

SIZE = 16


class Branches(nn.Module):
    """Branches that are concatenated, batch normalisation, a functional ReLU, pooling, groups, and a sum."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.left, self.right = nn.Conv2d(4, 3, 1), nn.Conv2d(4, 5, 3, padding=1)
        self.pool, self.drop = nn.MaxPool2d(2), nn.Dropout()
        self.grouped = nn.Conv2d(8, 4, 3, groups=2)
        self.skip, self.last = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        x = functional.relu(self.norm(self.stem(x)))
        x = torch.cat([functional.relu(self.left(x)), self.right(x).relu()], 1)
        x = self.grouped(self.drop(self.pool(x)))
        return self.last(x + self.skip(x)).mean((2, 3))


@pytest.fixture
def loaded():
    torch.manual_seed(0)
    network = Branches().eval()
    nn.init.uniform_(network.norm.running_mean)
    plain = Preprocessing(size=SIZE, mean=(0.0,) * 3, std=(1.0,) * 3)
    return load(network, preprocessing=plain, classes=2)


def test_layers_are_the_convolutions_with_what_follows_them(loaded):
    layers = unit_layers(loaded, traced(loaded.network), SIZE)
    assert [layer.name for layer in layers] == ["stem", "left", "right", "grouped", "skip", "last"]
    assert [layer.recorded for layer in layers][:3] == ["norm", "left", "right"]
    assert [layer.rectified for layer in layers] == [True, True, True, False, False, False]
    assert [layer.first for layer in layers] == [0, 4, 7, 12, 16, 20]
    assert [layer.channels for layer in layers] == [3, 4, 4, 8, 4, 4]


def test_sources_are_the_units_that_change_a_channel(loaded):
    layers = unit_layers(loaded, traced(loaded.network), SIZE)
    found = wiring.sources(traced(loaded.network), layers)
    assert found["stem"] is None and found["last"] is None  # the image, and a sum
    assert found["grouped"] == [*range(4, 12)]
    for reader in ("left", "right", "grouped", "skip"):
        for channel, unit in enumerate(found[reader]):
            assert disturbed(loaded.network, layers, unit, reader) == [channel]


def disturbed(network, layers, unit, reader):
    """The channels that reach a layer otherwise if a unit answers otherwise."""
    layer = next(each for each in layers if unit < each.first + each.units)
    inputs = []
    watch = network.get_submodule(reader).register_forward_pre_hook(lambda _, given: inputs.append(given[0].clone()))
    x = torch.rand(1, 3, SIZE, SIZE)
    network(x)

    def change(_module, _given, output):
        output = output.clone()
        output[:, unit - layer.first] += 5
        return output

    hook = network.get_submodule(layer.recorded).register_forward_hook(change)
    network(x)
    hook.remove()
    watch.remove()
    return (inputs[0] != inputs[1]).any(3).any(2)[0].nonzero().flatten().tolist()


def test_neighbours_are_those_of_a_loop_over_all_weights(loaded):
    layers = unit_layers(loaded, traced(loaded.network), SIZE)
    read = wiring.sources(traced(loaded.network), layers)
    below, above = wiring.neighbours(loaded.network, layers, read, count=3)
    ties = []  # (reader, read, strength, weight)
    for layer in layers:
        module = loaded.network.get_submodule(layer.convolution)
        each = module.in_channels // module.groups
        for unit in range(layer.units if read[layer.name] else 0):
            first = unit // (layer.units // module.groups) * each
            whole = module.weight[unit].abs().sum()
            for channel in range(each):
                kernel = module.weight[unit, channel]
                other = read[layer.name][first + channel]
                ties.append((layer.first + unit, other, float(kernel.abs().sum() / whole), float(kernel.sum() / whole)))
    for own, far, found in ((0, 1, below), (1, 0, above)):
        for unit in range(sum(layer.units for layer in layers)):
            best = sorted((tie for tie in ties if tie[own] == unit), key=lambda tie: -tie[2])[:3]
            assert found.unit[unit].tolist() == [tie[far] for tie in best] + [wiring.NONE] * (3 - len(best))
            assert found.strength[unit].tolist() == pytest.approx([tie[2] for tie in best] + [0] * (3 - len(best)))
            assert found.weight[unit].tolist() == pytest.approx([tie[3] for tie in best] + [0] * (3 - len(best)))


def test_inception_goes_by_its_branches():
    loaded = load("googlenet", weights="embedded")
    graph = traced(loaded.network)
    layers = unit_layers(loaded, graph, 64)
    named = {layer.name: layer for layer in layers}
    assert named["mixed4b_5x5"].identity == "mixed4b/5x5" and named["mixed4b_5x5"].block == "mixed4b"
    assert named["conv2d0"].block is None and all(layer.rectified for layer in layers)
    found = wiring.sources(graph, layers)
    below = [named[f"mixed4a_{branch}"] for branch in ("1x1", "3x3", "5x5", "pool_reduce")]
    block = [layer.first + unit for layer in below for unit in range(layer.units)]
    assert found["mixed4b_1x1"] == found["mixed4b_pool_reduce"] == block
    assert found["mixed4b_5x5"][0] == named["mixed4b_5x5_bottleneck"].first
    assert wiring.see_colours(graph, layers) == wiring.see_colours(None, layers) == {"conv2d0"}


def test_only_what_takes_the_image_sees_its_colours():
    network = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Conv2d(3, 3, 3))
    plain = Preprocessing(size=SIZE, mean=(0.0,) * 3, std=(1.0,) * 3)
    loaded = load(network, preprocessing=plain, classes=3)
    graph = traced(loaded.network)
    assert wiring.see_colours(graph, unit_layers(loaded, graph, SIZE)) == {"1"}


def test_a_network_that_cannot_be_traced_has_layers_and_no_neighbours():
    class Decides(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 2, 3), nn.Conv2d(2, 2, 3)

        def forward(self, x):
            x = self.a(x)
            return self.b(x) if x.mean() > -1e9 else x

    plain = Preprocessing(size=SIZE, mean=(0.0,) * 3, std=(1.0,) * 3)
    loaded = load(Decides(), preprocessing=plain, classes=2)
    layers = unit_layers(loaded, traced(loaded.network), SIZE)
    read = wiring.sources(traced(loaded.network), layers)
    assert read == {"a": None, "b": None}
    below, above = wiring.neighbours(loaded.network, layers, read)
    assert (below.unit == wiring.NONE).all() and (above.unit == wiring.NONE).all()


def test_a_network_without_convolutions_is_refused():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 4))
    loaded = load(network, preprocessing=Preprocessing(size=SIZE, mean=(0.0,) * 3, std=(1.0,) * 3), classes=4)
    with pytest.raises(NoUnits, match="no convolution over images"):
        unit_layers(loaded, traced(loaded.network), SIZE)
