import torch
from torch import nn

from helpers.studies.probing.active_share import active_shares, calls_of, non_linear_layers, one_image


class Twice(nn.Module):
    """One ReLU for two layers."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.relu = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1), nn.ReLU()

    def forward(self, x):
        return self.relu(self.b(self.relu(self.a(x))))


def test_calls_of_one_relu_are_counted_each():
    torch.manual_seed(0)
    network, x = Twice().eval(), torch.randn(3, 3, 8, 8)
    listed = non_linear_layers(network, 8)
    assert calls_of(listed) == ["relu (1)", "relu (2)"]
    with torch.no_grad():
        first = network.relu(network.a(x))
        expected = [[float((one > 0).float().mean()) for one in both] for both in zip(first, network(x), strict=True)]
        assert torch.allclose(active_shares(network, ["relu"], [x[:2], x[2:]]), torch.tensor(expected))
        assert [len(maps) for maps in one_image(network, listed, x[:1]).values()] == [4, 6]
