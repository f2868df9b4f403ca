"""Attribution and gradient ascent give on a GPU what they give on the CPU."""

import copy

import pytest
import torch
from torchvision.models import resnet18

from helpers.ascent.activation import activation
from helpers.ascent.loop import ascend
from helpers.ascent.objectives import probability
from helpers.ascent.parametrisations import gaussian_starts, uniform_starts
from helpers.ascent.steps import sgd_step
from helpers.ascent.transforms import jitter
from helpers.attribution.backward import DECONVNET, GRADIENT, GUIDED_BACKPROP, attribute
from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.data.patterns import Patterns
from helpers.models.pretrained import load
from helpers.models.stacks.perceptron import Perceptrons

METHODS = {"deconvnet": DECONVNET, "guided backpropagation": GUIDED_BACKPROP, "gradient": GRADIENT}
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network():
    return load("vgg16", weights="embedded").network


@pytest.fixture(scope="module")
def image():
    return (Patterns().sample(1, seed=0, purpose="test").x[0] - 0.5) / 0.25


def passages(network, image, device):
    """The forward pass on the device, and on the CPU."""
    return [forward(copy.deepcopy(network).to(where), "relu3_1", image.to(where)) for where in (device, CPU)]


def close(ours, theirs, device):
    """Equal but for the rounding of sums of many numbers, in relation to the largest of them."""
    assert ours.device.type == device.type
    torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-3, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [2, 20])  # few units and many go different ways
def test_attribution_agrees_with_the_cpu(device, network, image, method, count):
    both = passages(network, image, device)
    units = both[1].activation[:, 3, 4].topk(count).indices.tolist()
    ours, theirs = (attribute(one, METHODS[method], position=(3, 4), units=units) for one in both)
    assert theirs.signal.abs().max() > 0
    close(ours.signal, theirs.signal, device)
    close(ours.full(), theirs.full(), device)
    close(ours.bias, theirs.bias, device)


@pytest.mark.parametrize("method", METHODS)
def test_attribution_through_a_graph_agrees_with_the_cpu(device, image, method):
    """A residual network is run again with autograd."""
    torch.manual_seed(0)
    network = resnet18().eval()
    both = [forward(copy.deepcopy(network).to(on), "layer2.1", image.to(on)) for on in (device, CPU)]
    assert all(one.graph for one in both)
    units = both[1].activation[:, 3, 4].topk(4).indices.tolist()
    ours, theirs = (attribute(one, METHODS[method], position=(3, 4), units=units) for one in both)
    assert theirs.signal.abs().max() > 0
    close(ours.signal, theirs.signal, device)
    close(ours.bias, theirs.bias, device)


def test_contributions_agree_with_the_cpu(device, network, image):
    on_device, on_cpu = passages(network, image, device)
    unit = int(on_cpu.activation[:, 3, 4].argmax())
    ours, theirs = (contributions(passage, unit=unit, position=(3, 4)) for passage in (on_device, on_cpu))
    assert theirs[0].contributing.any()
    for one, other in zip(ours, theirs, strict=True):
        assert one.contributing.device.type == device.type
        # a unit whose activation is a rounding error may be on in one and off in the other
        assert (one.contributing.cpu() == other.contributing).float().mean() > 0.999
        assert one.potential == other.potential
        assert one.used == pytest.approx(other.used, rel=1e-2)


def test_the_ascent_of_signals_agrees_with_the_cpu(device):
    def climbed(where):
        networks = Perceptrons((7, 9, 4), seeds=[0, 1], device=where)
        target = torch.tensor([0, 2, 3], device=where)
        start = uniform_starts(3, 7, reach=0.05, seeds=[0, 1], device=where)
        return ascend(probability(networks, target), start, step=sgd_step(10), until=0.9, max_steps=20)

    ours, theirs = climbed(device), climbed(CPU)
    close(ours.x, theirs.x, device)
    close(ours.value, theirs.value, device)
    assert ours.steps.tolist() == theirs.steps.tolist()
    assert ours.reached.tolist() == theirs.reached.tolist()


def test_the_ascent_of_images_agrees_with_the_cpu(device, network):
    def climbed(where):
        starts = gaussian_starts(2, (3, 64, 64), seed=0).to(where)
        there = copy.deepcopy(network).to(where)
        # the plain rule: Adam makes a step of a rounding error
        objective = activation(there, "conv3_1", 4, position=(5, 5))
        return ascend(objective, starts, step=sgd_step(0.1), max_steps=4, transform=jitter(2, seed=0))

    ours, theirs = climbed(device), climbed(CPU)
    close(ours.x, theirs.x, device)
    close(ours.value, theirs.value, device)
    close(ours.history, theirs.history, device)
