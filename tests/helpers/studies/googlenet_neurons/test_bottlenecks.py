"""What 1×1 units keep: shares by regression on the same positions, and inputs that are those of the layers."""

import pytest
import torch
from torch import nn

from helpers.hooks.names import UnknownLayer
from helpers.studies.googlenet_neurons.bottlenecks import _Layer, _shares
from helpers.studies.googlenet_neurons.layer_inputs import layer_inputs
from helpers.studies.googlenet_neurons.linear_prediction import products
from helpers.studies.googlenet_neurons.stages import bottlenecks

VALUES = {"model": "vgg16", "layer": "auto", "images": "auto", "scale": "smoke", "seed": 0, "device": "cpu"}


def test_the_input_of_a_layer_is_the_output_of_the_one_before():
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 4, 1))
    x = torch.randn(2, 3, 4, 4)
    with layer_inputs(network, ["2"]) as found:
        network(x)
    assert torch.equal(found["2"], network[1](network[0](x)))
    with layer_inputs(network, ["0"], keep=lambda name, taken: (name, taken.shape[1])) as found:
        network(x)
    assert found["0"] == ("0", 3) and not network[0]._forward_pre_hooks
    with pytest.raises(UnknownLayer), layer_inputs(network, ["3"]):
        pass


def test_as_many_units_as_channels_keep_all_and_fewer_keep_less():
    random = torch.Generator().manual_seed(0)
    rows = torch.rand(400, 6, generator=random)
    kept = {}
    for units in (2, 6):
        module = nn.Conv2d(6, units, 1)
        module.weight.data = torch.randn(units, 6, 1, 1, generator=random) / 2
        nn.init.constant_(module.bias, 5)  # no unit is cut off by the ReLU
        layer = _Layer.of(module, "layer", draws=2)
        columns = torch.cat([rows, *layer.outputs(rows)], dim=1)
        kept[units] = _shares(layer, products(columns[::2]), products(columns[1::2]))
    assert float(kept[6]["rectified"]) == pytest.approx(1, abs=1e-3) and kept[6]["random"].shape == (2,)
    for name in ("rectified", "linear"):
        assert float(kept[2][name]) <= float(kept[2]["principal"]) + 0.05 < 1
    assert float(kept[2]["rectified"]) == pytest.approx(float(kept[2]["linear"]), abs=1e-3)


def test_a_network_without_bottlenecks_has_no_artefact():
    assert bottlenecks.recipes(VALUES) == {}
