import pytest
import torch
from torch import nn

from helpers.ascent.activation import activation
from helpers.ascent.errors import AscentError
from helpers.hooks.layer_output import OutputError
from helpers.hooks.recording import NoOutput, UnknownLayer


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
    with pytest.raises(
        OutputError, match=r"Sequential does not run on images of shape \(1, 2, 10, 10\) \(Given groups=1"
    ):
        activation(net, "3", 0, position=(0, 0))(torch.zeros(1, 2, 10, 10))
    assert hook_count(net) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"position": (2, 0)}, r"no position \(2, 0\); its positions are rows from 0 to 1, columns from 0 to 1"),
        ({"position": (0, -1)}, r"the layer 3 has no position \(0, -1\)"),
        ({"position": None}, "no position None; its positions are rows"),
        ({"position": (0,)}, r"no position \(0,\); its positions are rows"),
        (
            {"layer": "5", "position": (0, 0)},
            r"the layer 5 has no position \(0, 0\); it has none",
        ),
        ({"unit": 5}, "the layer 3 has no unit 5; its units go from 0 to 4"),
        ({"unit": torch.tensor([4, -1])}, "no unit -1; its units go from 0 to 4"),
        ({"unit": torch.tensor([4, 1, 0])}, "3 units were given for 2 images"),
    ],
)
def test_what_the_layer_does_not_have_is_named(options, sentence):
    settings = {"layer": "3", "unit": 0, "position": (0, 0)} | options
    objective = activation(network(), settings.pop("layer"), settings.pop("unit"), **settings)
    with pytest.raises((OutputError, AscentError), match=sentence):
        objective(images(2))


def test_an_unknown_layer_and_one_that_is_not_run_are_named():
    with pytest.raises(UnknownLayer, match="no layer 'conv'"):
        activation(network(), "conv", 0, position=(0, 0))(images(1))
    with pytest.raises(NoOutput, match="the layer 1 does not run when the network sees an image"):
        activation(Skipping(), "1", 0, position=(0, 0))(images(1))


class Doubtful(nn.Module):
    """What depends on the mode of the network: batch statistics, dropout as a layer and as a function."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 6)

    def forward(self, x):
        x = nn.functional.dropout(self.body(x), 0.5, self.training)
        return self.head(x.flatten(2).transpose(1, 2))  # (image, token, unit)


def test_a_network_in_training_mode_is_looked_at_in_eval_mode_and_left_as_it_was():
    torch.manual_seed(0)
    net, x = Doubtful(), images(2)
    net.body[2].eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    found = activation(net, "head", 5, position=(3,))(x)
    assert net.training and net.body[1].training and not net.body[2].training
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert torch.equal(found, net.eval()(x)[:, 3, 5])


def test_a_layer_of_tokens_has_its_units_last():
    net, x = Doubtful().eval(), images(2)
    assert torch.equal(activation(net, "head", torch.tensor([0, 4]), position=(63,))(x), net(x)[range(2), 63, [0, 4]])
    with pytest.raises(OutputError, match="no unit 6; its units go from 0 to 5"):
        activation(net, "head", 6, position=(0,))(x)
    with pytest.raises(OutputError, match=r"no position \(64,\); its positions are tokens from 0 to 63"):
        activation(net, "head", 0, position=(64,))(x)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (
            torch.zeros(1, 3, 10, 10, dtype=torch.float64),
            "computes in torch.float32 and the images are of torch.float64",
        ),
        (torch.zeros(1, 3, 2, 2), r"Sequential does not run on images of shape \(1, 3, 2, 2\)"),
    ],
)
def test_images_on_which_the_network_does_not_run_are_refused_in_one_sentence(x, sentence):
    with pytest.raises(OutputError, match=sentence):
        activation(network(), "3", 0, position=(0, 0))(x)


def test_a_network_on_another_device_is_named():
    class Elsewhere(nn.Linear):
        def forward(self, x):
            raise RuntimeError("Expected all tensors to be on the same device")

    with pytest.raises(
        OutputError, match="Elsewhere is on meta and the images are on cpu; move one of them to the other"
    ):
        activation(Elsewhere(3, 2, device="meta"), "", 0, position=None)(torch.zeros(1, 3))
