"""A network that was looked at is as before."""

import pytest
import torch
from torch import nn

from helpers.hooks.call_graph import call_counts
from helpers.hooks.feeding import feeds
from helpers.hooks.receptive_fields import trace


class Keeping(nn.Module):
    """Keeps what it makes, as many networks of readers do, and draws random numbers."""

    def __init__(self):
        super().__init__()
        self.layer, self.noise = nn.Conv2d(3, 4, 3), nn.Dropout()
        self.features, self.all, self.by_name = None, [], {}

    def forward(self, x):
        self.features = self.layer(x)
        self.all.append(self.features)
        self.by_name["layer"] = self.new = self.features
        return self.noise(self.features + torch.rand(1))


@pytest.mark.parametrize("look", [call_counts, lambda network: trace(network, 8), lambda network: feeds(network, 8)])
def test_what_forward_methods_keep_and_draw(look):
    network = Keeping()
    network.noise.eval()
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    look(network)
    assert torch.equal(torch.rand(1), expected)
    assert network.features is None and network.all == [] and network.by_name == {} and not hasattr(network, "new")
    assert [module.training for module in network.modules()] == [True, True, False]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
