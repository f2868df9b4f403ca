import pytest
import torch
from torch import nn

from helpers.models.initialisation import he_normal_


def test_variance_seed_and_bias():
    network = nn.Sequential(nn.Conv2d(8, 300, 3), nn.ReLU(), nn.Conv2d(300, 40, 1, bias=False), nn.Linear(50, 400))
    he_normal_(network, seed=3)
    first = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for name, inputs in (("0.weight", 8 * 9), ("2.weight", 300), ("3.weight", 50)):
        assert float(first[name].std()) == pytest.approx((2 / inputs) ** 0.5, rel=0.03)
    assert not first["0.bias"].any() and not first["3.bias"].any()
    torch.randn(5)  # the global generator has no part in it
    he_normal_(network, seed=3)
    assert all(torch.equal(tensor, first[name]) for name, tensor in network.state_dict().items())
    he_normal_(network, seed=4)
    assert not torch.equal(network[0].weight, first["0.weight"])
