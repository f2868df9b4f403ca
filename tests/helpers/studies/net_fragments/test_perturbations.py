import pytest
import torch

from helpers.studies.net_fragments import perturbations
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import FragmentNetworks


def nearest_digit_network():
    """Model 10 wired to answer with the nearest digit: logits are products with the digits less half their energy."""
    network = FragmentNetworks(10, seeds=[0, 1])
    for parameter in network.parameters():
        parameter.zero_()
    flat = digits().flatten(1)
    hidden, head, classes = (network.layers[name] for name in ("hidden", "head", "classes"))
    hidden.weight[:, :, :10], hidden.bias[:, :10] = flat.T, 50 - flat.square().sum(1) / 2  # never at the bend
    head.weight[:, range(10), range(10)] = 1.0
    classes.weight[:, range(10), range(10)] = 1.0
    return network


def test_a_network_that_is_the_nearest_digit_makes_its_mistakes():
    draw = torch.Generator().manual_seed(0)
    wrong, nearest = perturbations.under_noise(nearest_digit_network(), 0.5, draws=200, generator=draw)
    assert 0.05 < nearest < 0.5
    assert wrong.tolist() == pytest.approx([nearest, nearest], abs=1e-3)


def test_without_noise_there_is_no_mistake():
    draw = torch.Generator().manual_seed(0)
    wrong, nearest = perturbations.under_noise(nearest_digit_network(), 0.0, draws=1, generator=draw)
    assert wrong.tolist() == [0, 0]
    assert nearest == 0


def test_margins_of_the_nearest_digit_are_half_the_distances():
    expected = perturbations.margins_of_nearest_digit()
    found = perturbations.margins(nearest_digit_network(), step=0.02, max_steps=200)
    torch.testing.assert_close(found, expected.expand(2, -1), atol=0.021, rtol=0)
    brute = [min(float((a - b).norm()) for b in digits() if not torch.equal(a, b)) / 2 for a in digits()]
    assert expected.tolist() == pytest.approx(brute)


def test_a_digit_that_is_wrong_already_has_no_margin():
    network = nearest_digit_network()
    network.layers["classes"].bias[:, 3] = 1e3
    margins = perturbations.margins(network, max_steps=3)
    assert margins[:, 4].tolist() == [0, 0]
    assert (margins[:, 3] > 0).all()
