import pytest
import torch
from torch import nn

from helpers.ascent.activation import activation
from helpers.hooks.recording import UnknownLayer


class Skipping(nn.Sequential):
    """Has a layer that it does not run."""

    def __init__(self):
        super().__init__(nn.Conv2d(3, 2, 3), nn.ReLU())

    def forward(self, x):
        return self[0](x)


def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.Tanh(), nn.Flatten()]
    return nn.Sequential(*layers).eval()


def images(count, *, size=10):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(0))


def hook_count(module):
    return sum(len(each._forward_hooks) for each in module.modules())


@pytest.mark.parametrize(("layer", "depth"), [("0", 1), ("1", 2), ("3", 4)])
def test_activations_are_those_of_the_network_cut_off_at_the_layer(layer, depth):
    net, x = network(), images(3)
    units = torch.tensor([3, 0, 3])
    cut = net[:depth](x)
    assert torch.equal(activation(net, layer, 2, position=(1, 0))(x), cut[:, 2, 1, 0])
    each = torch.stack([cut[i, unit, 1, 0] for i, unit in enumerate(units)])
    assert torch.equal(activation(net, layer, units, position=(1, 0))(x), each)


def test_a_layer_without_spatial_dimensions_has_no_position():
    net, x = network(), images(3)
    assert torch.equal(activation(net, "5", 7, position=None)(x), net(x)[:, 7])
    assert torch.equal(activation(net, "5", torch.tensor([1, 2, 19]), position=None)(x), net(x)[range(3), [1, 2, 19]])


def test_the_gradient_is_that_of_the_network_cut_off_at_the_layer():
    net, units = network(), [3, 0, 1]
    x = images(3).requires_grad_()
    (gradient,) = torch.autograd.grad(activation(net, "3", torch.tensor(units), position=(1, 0))(x).sum(), x)
    for i, unit in enumerate(units):
        (alone,) = torch.autograd.grad(net[:4](x[[i]])[0, unit, 1, 0], x)
        torch.testing.assert_close(gradient[i], alone[i], rtol=1e-4, atol=1e-6)


def test_nothing_behind_the_layer_is_run_and_nothing_is_left_behind():
    net, seen = network(), []
    net[4].register_forward_hook(lambda *_: seen.append(True))
    activation(net, "3", 0, position=(0, 0))(images(2))
    assert not seen
    assert hook_count(net) == 1
    with pytest.raises(RuntimeError):
        activation(net, "3", 0, position=(0, 0))(torch.zeros(1, 2, 10, 10))
    assert hook_count(net) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"position": (2, 0)}, r"unit 0 at \(2, 0\) is none of the layer 3, whose shape is \(5, 2, 2\)"),
        ({"position": (0, -1)}, r"unit 0 at \(0, -1\) is none of the layer 3"),
        ({"position": None}, "unit 0 at None is none of the layer 3"),
        ({"unit": 5}, "unit 5 at"),
        ({"unit": torch.tensor([4, -1])}, r"unit -1 at \(0, 0\)"),
        ({"unit": torch.tensor([4, 1, 0])}, "3 units were given for 2 images"),
    ],
)
def test_what_the_layer_does_not_have_is_named(options, sentence):
    settings = {"unit": 0, "position": (0, 0)} | options
    objective = activation(network(), "3", settings.pop("unit"), **settings)
    with pytest.raises(ValueError, match=sentence):
        objective(images(2))


def test_an_unknown_layer_and_one_that_is_not_run_are_named():
    with pytest.raises(UnknownLayer, match="no layer 'conv'"):
        activation(network(), "conv", 0, position=(0, 0))(images(1))
    with pytest.raises(ValueError, match="the layer 1 is not run when the network sees an image"):
        activation(Skipping(), "1", 0, position=(0, 0))(images(1))
