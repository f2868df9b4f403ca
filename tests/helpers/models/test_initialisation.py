import pytest
import torch
from torch import nn

from helpers.models.initialisation import he_normal_, matched_gaussian, randomised
from helpers.randomness import generator


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


def test_the_weights_are_scaled_normal_numbers_in_order():
    network = nn.Sequential(nn.Conv2d(8, 30, 3), nn.ReLU(), nn.Conv2d(30, 40, 1, bias=False), nn.Linear(50, 40))
    he_normal_(network, seed=3)
    random = torch.Generator().manual_seed(3)
    for layer, inputs in ((network[0], 8 * 9), (network[2], 30), (network[3], 50)):
        assert torch.equal(layer.weight, torch.randn(layer.weight.shape, generator=random) * (2 / inputs) ** 0.5)


def test_a_randomised_copy_has_the_moments_and_the_biases():
    torch.manual_seed(0)
    wide = nn.Sequential(nn.Conv2d(40, 50, 3), nn.ReLU(), nn.Conv2d(50, 60, 3))
    before = {name: value.clone() for name, value in wide.state_dict().items()}
    copy = randomised(wide, seed=3)
    for name, value in copy.state_dict().items():
        assert torch.equal(wide.state_dict()[name], before[name])
        if name.endswith("bias"):
            assert torch.equal(value, before[name])
        else:
            assert not torch.equal(value, before[name])
            standard_error = float(before[name].std()) / before[name].numel() ** 0.5
            assert float(value.mean()) == pytest.approx(float(before[name].mean()), abs=4 * standard_error)
            assert float(value.std()) == pytest.approx(float(before[name].std()), rel=0.03)
    again = randomised(wide, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(copy.parameters(), again.parameters(), strict=True))


def test_a_randomised_copy_draws_layer_by_layer():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 1))
    copy = randomised(network, seed=3)
    for name in ("0", "2"):
        true = network.get_submodule(name).weight
        drawn = matched_gaussian(true, layer=name, seed=3)
        assert torch.equal(copy.get_submodule(name).weight, drawn) and not drawn.requires_grad
        standard = (drawn - true.mean()) / true.std(correction=0)
        again = torch.randn(true.shape, generator=generator(3, f"weights of {name}"))
        torch.testing.assert_close(standard, again, rtol=1e-4, atol=1e-5)
