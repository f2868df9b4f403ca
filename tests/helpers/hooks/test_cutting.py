import pytest
import torch
from torch import nn

from helpers.hooks.cutting import cut_behind
from helpers.hooks.layer_output import layer_output
from helpers.hooks.names import UnknownLayer
from helpers.models.googlenet import GoogLeNet


class Fork(nn.Module):
    """A forward method that cannot be traced: it asks for a number of the input."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.second(self.first(x)) if float(x.detach().sum()) > -1e9 else x


@pytest.mark.parametrize("layer", ["conv2d0_pre_relu", "mixed3a_5x5_pre_relu", "mixed4a_pool_reduce", "mixed3b"])
def test_the_layer_gives_what_it_gives_in_the_whole_network(layer):
    torch.manual_seed(0)
    network = GoogLeNet(width=0.125, classes=5).eval()
    x = torch.randn(2, 3, 40, 40)
    part = cut_behind(network, layer)
    assert part.traced
    torch.testing.assert_close(part(x), layer_output(network, layer, x), rtol=1e-5, atol=1e-6)


def test_other_branches_and_later_layers_are_gone_and_weights_are_copies():
    network = GoogLeNet(width=0.125, classes=5)
    part = cut_behind(network, "mixed3b_5x5_pre_relu")
    left = {name.removeprefix("network.").rpartition(".")[0] for name, _ in part.named_parameters()}
    assert "mixed3a_3x3_pre_relu" in left
    assert not left & {"mixed3b_3x3_pre_relu", "mixed3b_1x1_pre_relu", "mixed4a_1x1_pre_relu", "fc"}
    assert not any(each.requires_grad for each in part.parameters())
    assert {each.data_ptr() for each in part.parameters()}.isdisjoint(each.data_ptr() for each in network.parameters())
    assert network.training


def test_what_cannot_be_traced_is_stopped_behind_the_layer():
    torch.manual_seed(0)
    network, x = Fork(), torch.randn(2, 3, 6, 6, requires_grad=True)
    part = cut_behind(network, "first")
    assert not part.traced
    torch.testing.assert_close(part(x), network.first(x))
    (gradient,) = torch.autograd.grad(part(x).sum(), x)
    (expected,) = torch.autograd.grad(network.first(x).sum(), x)
    torch.testing.assert_close(gradient, expected)


def test_an_unknown_layer_is_refused_with_the_nearest_names():
    with pytest.raises(UnknownLayer, match="first"):
        cut_behind(Fork(), "frist")
