"""The tree behind an activation, against a search that follows every connection by itself."""

import pytest
import torch
from torch import nn

from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import CannotReverse, forward
from helpers.hooks.recording import record


@pytest.fixture(params=[0, 1])
def network(request):
    torch.manual_seed(request.param)
    layers = {
        "conv1": nn.Conv2d(3, 4, 3, padding=1),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(4, 5, 3, padding=1),
        "relu2": nn.ReLU(),
        "pool": nn.MaxPool2d(2),
        "conv3": nn.Conv2d(5, 6, 3, padding=1),
        "relu3": nn.ReLU(),
    }
    net = nn.Sequential()
    for name, layer in layers.items():
        net.add_module(name, layer)
    return net.eval()


def searched(network, image, unit, position):
    """layer -> (contributing units, potential units, used connections, potential connections), unit by unit."""
    with record(network, ["relu1", "relu2", "relu3"]) as outputs:
        network(image[None])
    planes = {"image": image, **{name: output[0] for name, output in outputs.items()}}
    steps = [("relu3", "relu2", True), ("relu2", "relu1", False), ("relu1", "image", False)]
    top = (unit, *position)
    contributing = {top} if planes["relu3"][top] > 0 else set()
    potential = {top}
    found = {}
    for _, below, pooled in steps:
        plane = planes[below]
        channels, height, width = plane.shape
        rows, columns = (height // 2, width // 2) if pooled else (height, width)
        next_contributing, next_potential, used, possible = set(), set(), 0, 0
        for c, r, s in potential:
            for channel in range(channels):
                for i in range(r - 1, r + 2):
                    for j in range(s - 1, s + 2):
                        if not (0 <= i < rows and 0 <= j < columns):
                            continue
                        possible += 1
                        window = [(2 * i + a, 2 * j + b) for a in (0, 1) for b in (0, 1)] if pooled else [(i, j)]
                        next_potential |= {(channel, *position) for position in window}
                        best = max(window, key=lambda position: plane[(channel, *position)])
                        on = below == "image" or plane[(channel, *best)] > 0
                        if (c, r, s) in contributing and on:
                            used += 1
                            next_contributing.add((channel, *best))
        contributing, potential = next_contributing, next_potential
        found[below] = (contributing, potential, used, possible)
    return found


@pytest.mark.parametrize("position", [(0, 0), (2, 1), (3, 4)])
def test_every_connection_is_followed(network, position):
    image = torch.randn(3, 8, 10, generator=torch.Generator().manual_seed(3))
    passage = forward(network, "relu3", image)
    for unit in range(6):
        levels = {level.layer: level for level in contributions(passage, unit=unit, position=position)}
        assert list(levels) == ["image", "relu1", "relu2", "relu3"]
        for layer, (contributing, potential, used, possible) in searched(network, image, unit, position).items():
            level = levels[layer]
            offset = torch.tensor([0, level.window.top, level.window.left])
            assert {tuple(p) for p in (level.contributing.nonzero() + offset).tolist()} == contributing
            assert level.contributing.numel() == len(potential)
            assert (level.used, level.potential) == (used, possible)
            assert not (level.contributing & ~level.active).any()


def test_the_gradient_reaches_no_pixel_outside_the_tree(network):
    image = torch.randn(3, 8, 10, generator=torch.Generator().manual_seed(4)).requires_grad_()
    activation = network(image[None])[0]
    unit = int(activation[:, 1, 2].argmax())
    activation[unit, 1, 2].backward()
    level = contributions(forward(network, "relu3", image.detach()), unit=unit, position=(1, 2))[0]
    whole = torch.zeros(3, 8, 10, dtype=torch.bool)
    whole[:, level.window.top : level.window.bottom, level.window.left : level.window.right] = level.contributing
    assert torch.equal(image.grad != 0, whole)


def test_what_has_no_tree_is_named(network):
    image = torch.rand(3, 8, 10)
    with pytest.raises(CannotReverse, match="the layer conv2 is no ReLU"):
        contributions(forward(network, "conv2", image), unit=0, position=(0, 0))
    with pytest.raises(ValueError, match="the layer relu3 has no unit 6; its units go from 0 to 5"):
        contributions(forward(network, "relu3", image), unit=6, position=(0, 0))
    with pytest.raises(ValueError, match="outside the layer relu3"):
        contributions(forward(network, "relu3", image), unit=0, position=(9, 0))
    average = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AvgPool2d(2), nn.ReLU()).eval()
    with pytest.raises(CannotReverse, match=r"the layer 1 \(AvgPool2d\) has no tree"):
        contributions(forward(average, "2", image), unit=0, position=(0, 0))
