"""Where a deconvnet's signals lie, against one carried out by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.studies.probing.backward_flow import levels
from helpers.studies.probing.overlap import jaccard_beyond_chance


def test_levels_of_a_chain_with_a_pooling():
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1), nn.ReLU(),
    ).eval().requires_grad_(False)  # fmt: skip
    image = torch.rand(3, 12, 12)
    passage = forward(network, "6", image)
    unit, row, column = (int(k) for k in (passage.activation == passage.activation.max()).nonzero()[0])
    found = {level.layer: level for level in levels(passage, unit=unit, position=(row, column))}
    assert list(found) == ["1", "3"]
    tree = {level.layer: level for level in contributions(passage, unit=unit, position=(row, column))}
    first = network[:4](image[None])
    _, switches = functional.max_pool2d(first, 2, return_indices=True)
    signal = torch.zeros(1, 5, 6, 6)
    signal[0, unit, row, column] = passage.activation[unit, row, column]
    signal = functional.conv_transpose2d(signal, network[5].weight, padding=1)
    signal = functional.max_unpool2d(signal, switches, 2).clamp(min=0)
    for name, conv in (("3", network[2]), ("1", None)):
        level = tree[name]
        part = signal[0, :, *level.window.slices]
        outside = float(part[~level.contributing].square().sum() / part.square().sum())
        assert found[name].outside == pytest.approx(outside, abs=1e-6)
        assert found[name].overlap == pytest.approx(jaccard_beyond_chance([part > 0], [level.contributing]))
        if conv is not None:
            signal = functional.conv_transpose2d(signal, conv.weight, padding=1).clamp(min=0)
