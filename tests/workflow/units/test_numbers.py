"""Distributions and likenesses against NumPy; scripts that nothing can end; claims that name units."""

import base64
import json

import numpy as np
import pytest
import torch

from helpers.models.pretrained import load
from workflow.units import blocks, distributions, kernels, likeness, scripts
from workflow.units.layers import traced, unit_layers
from workflow.units.naming import naming, units


def test_distribution_is_numpys():
    before = torch.randn(6, 40, generator=torch.Generator().manual_seed(1))
    before[5] = -1 - before[5].abs()  # never active
    response = before.clamp(min=0)
    found = distributions.distribution(response, before)
    for unit in range(6):
        order = np.argsort(-before[unit].numpy(), kind="stable")
        assert found.top[unit].tolist() == order[:9].tolist()
        assert found.top_value[unit].tolist() == response[unit, order[:9]].tolist()
        wanted = np.quantile(response[unit].numpy(), distributions.QUANTILES, method="nearest")
        np.testing.assert_allclose(found.spread_value[unit][[0, -1]], wanted[[0, -1]])
        assert (found.spread_value[unit].diff() >= 0).all()
        assert found.active[unit] == np.mean(response[unit].numpy() > 0)
        low, high = float(response[unit].min()), float(response[unit].max())
        if high > low:
            counts, _ = np.histogram(response[unit].numpy(), distributions.BINS, (low, high))
            np.testing.assert_allclose(found.counts[unit] * 40, counts, atol=1e-4)
    assert found.active[5] == 0 and found.counts[5, 0] == pytest.approx(1)


def test_few_images_leave_places_empty():
    found = distributions.distribution(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0]]))
    assert found.top[0].tolist() == [1, 0] + [-1] * 7 and found.top_value[0, 2:].isnan().all()
    assert found.spread[0, 0] == 0 and found.spread[0, -1] == 1


def test_likeness_is_numpys_correlation():
    response = torch.randn(30, 12, generator=torch.Generator().manual_seed(2))
    response[4] = 3.0  # no variation
    found = likeness.by_response(response)
    with np.errstate(invalid="ignore"):
        every = np.corrcoef(response.numpy())
    np.fill_diagonal(every, np.nan)
    for unit in (0, 7, 29):
        order = np.argsort(-np.nan_to_num(every[unit], nan=-2))[:5]
        assert found.unit[unit].tolist() == order.tolist()
        np.testing.assert_allclose(found.likeness[unit], every[unit][order], atol=1e-5)
    assert (found.unit[4] == -1).all() and not (found.unit == 4).any()
    assert likeness.by_weights(torch.ones(1, 2, 1, 1)).unit.tolist() == [[-1] * 5]


def test_kernels_are_squares_of_one_colour_each():
    weights = torch.tensor([[[[1.0, 0.0], [-0.5, -1.0]]] * 2, [[[0.0, 0.0], [0.0, 0.0]]] * 2])
    tiles = kernels.mean(weights)
    assert tiles.shape == (2, 1, 3, 40, 40)
    red, white, blue = tiles[0, 0, :, 0, 0], tiles[0, 0, :, 0, 39], tiles[0, 0, :, 39, 39]
    assert red.tolist() == [178, 24, 43] and white.tolist() == [255] * 3 and blue.tolist() == [33, 102, 172]
    assert (tiles[0, 0, :, 20:, :20] == tiles[0, 0, :, 20:21, :1]).all() and (tiles[1] == 255).all()
    coloured = kernels.in_colour(torch.rand(2, 3, 5, 5))
    assert coloured.shape == (2, 1, 3, 40, 40)
    assert kernels.strongest(torch.rand(2, 20, 3, 1)).shape[:2] == (2, kernels.STRONGEST)


NASTY = "</script><script>alert(1)</script><!-- \u2028 \u2029 & 'x' \"y\" \\ \ud800 é 😀"


def test_scripts_hold_any_text(tmp_path):
    scripts.write(tmp_path / "x.js", "a/<b>", {"name": NASTY, NASTY: 1})
    text = (tmp_path / "x.js").read_text("utf-8")
    assert not set(text) & {"<", ">", "&", "\u2028", "\u2029"}
    begin = "window.unitsData("
    found = json.loads(f"[{text[len(begin) : -3]}]")
    wanted = NASTY.replace("\ud800", "\ufffd")
    assert found[0] == "a/<b>" and found[1]["name"].replace("\ufffd\ufffd\ufffd", "\ufffd") == wanted
    with pytest.raises(ValueError, match="JSON"):
        scripts.as_script({"x": float("nan")})
    assert np.frombuffer(base64.b64decode(scripts.numbers([-1, 7], "u4")), "<u4").tolist() == [scripts.NO_UNIT, 7]


def test_claims_that_name_units_by_their_number_in_a_block():
    loaded = load("googlenet", weights="embedded")
    layers, found = unit_layers(loaded, traced(loaded.network), 64), blocks.of(loaded)
    assert units("Unit 11 of mixed4a is one of those.", layers, found) == [("mixed4a_1x1", 11)]
    first = blocks.first_numbers(found)
    assert first["mixed4b_1x1"] == 0 and "mixed4b_5x5_bottleneck" not in first and "conv2d0" not in first
    for name in ("mixed4b_3x3", "mixed4b_5x5", "mixed4b_pool_reduce"):
        assert units(f"mixed4b {first[name]}", layers, found) == [(name, 0)]
        assert units(f"units {first[name] + 1} and 2 of mixed4b", layers, found) == [(name, 1), ("mixed4b_1x1", 2)]
    assert units("mixed4b/5x5 3 and mixed4b_5x5/4", layers, found) == [("mixed4b_5x5", 3), ("mixed4b_5x5", 4)]
    assert units("mixed4b and mixed4c: unit 3", layers, found) == []
    claim = dict(id="a", statement="unit 999 of mixed4b", measured="mixed4b 2", verdict="holds", address="x.html")
    assert list(naming([claim], layers, found)) == ["mixed4b_1x1/2"]  # the block has no unit 999
    assert blocks.of(load("vgg16", weights="embedded")) == []


def test_claims_that_name_units():
    loaded = load("googlenet", weights="embedded")
    layers = unit_layers(loaded, traced(loaded.network), 64)
    assert units("The map is that of unit 138 of the layer conv2d0.", layers) == [("conv2d0", 138)]
    assert units("mixed4b/5x5/3 is like mixed4b_5x5/4", layers) == [("mixed4b_5x5", 3), ("mixed4b_5x5", 4)]
    assert units("The units of mixed3a 5×5 fall into 4 clusters; 3 units", layers) == []
    assert units("conv2d0 1 and 2, conv2d2 5 and conv2d2 7.5 or 8", layers) == [
        *(("conv2d0", 1), ("conv2d0", 2), ("conv2d2", 5)),
    ]
    claim = dict(
        id="a", statement="unit 3 of conv2d0", measured="conv2d0/900", verdict="holds", address="x.html#claim-a"
    )
    assert naming([claim], layers) == {
        "conv2d0/3": [{name: claim[name] for name in ("id", "statement", "verdict", "address")}]
    }
