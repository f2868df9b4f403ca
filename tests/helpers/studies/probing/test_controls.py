"""The controls keep what they say they keep, checked with autograd on networks built by hand."""

import pytest
import torch
from torch import nn

from helpers.attribution.backward import random_weights
from helpers.attribution.forward_pass import forward
from helpers.studies.probing import controls

GENERATOR = torch.Generator().manual_seed(0)
IMAGES = torch.randn(2, 3, 12, 12, generator=GENERATOR)
AT = (2, 3)


@pytest.fixture
def network():
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 6, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers).eval().requires_grad_(False)


def sent_back(network, start, *, masks, switches, weights):
    """Equations 4 to 7 for this network, plane by plane. masks: the two masks, or None for no mask below the start."""
    signal = torch.zeros(6, 6, 6)
    unit, value = start
    signal[unit, AT[0], AT[1]] = value
    signal = nn.functional.conv_transpose2d(signal[None], weights["3"], padding=1)[0].relu()
    signal = nn.functional.max_unpool2d(signal[None], switches[None], 2)[0]
    if masks is not None:
        signal = signal * masks
    return nn.functional.conv_transpose2d(signal[None], weights["0"], padding=1)[0].relu()


def test_every_condition_by_hand(network):
    own, other = (forward(network, "4", image) for image in IMAGES)
    units = [u for u in range(6) if own.activation[u, AT[0], AT[1]] > 0]
    assert units
    found = controls.reconstructions(own, other, position=AT, units=units, seed=7)
    true = {name: network[int(name)].weight for name in ("0", "3")}
    drawn = random_weights(own, seed=7)

    def mask(passage):
        return passage.stages[1].mask

    def switches(passage):
        return passage.stages[2].switches

    expected = {
        controls.DECONVNET_TRUE: (None, own, true),
        controls.OWN_TRUE: (mask(own), own, true),
        controls.OWN_RANDOM: (mask(own), own, drawn),
        controls.SWITCHES_RANDOM: (None, own, drawn),
        controls.OTHER_TRUE: (mask(other), other, true),
        controls.OTHER_RANDOM: (mask(other), other, drawn),
        controls.MASKS_RANDOM: (mask(own), other, drawn),
        controls.MIXED_TRUE: (mask(other), own, true),
    }
    assert set(found) == {*expected, controls.SHUFFLED_RANDOM}
    for name, (masks, of, weights) in expected.items():
        for row, unit in enumerate(units):
            start = unit, own.activation[unit, AT[0], AT[1]]
            whole = sent_back(network, start, masks=masks, switches=switches(of), weights=weights)
            cut = whole[:, 1:9, 3:11]  # positions 1 to 3 and 2 to 4 behind the pooling, and one pixel around
            torch.testing.assert_close(found[name][row], cut, rtol=1e-4, atol=1e-6)
            assert whole.count_nonzero() == cut.count_nonzero()
