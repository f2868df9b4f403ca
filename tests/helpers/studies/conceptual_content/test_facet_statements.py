"""Shares, rises and means by layer, against numbers worked out by hand; planted points."""

import numpy as np
import torch

from helpers.studies.conceptual_content import facet_statements as facets
from helpers.studies.conceptual_content import swap_statements as swaps
from helpers.studies.conceptual_content.swaps import CONDITIONS, OTHER, RANDOM, SAME
from helpers.studies.conceptual_content.unit_facets import UnitFacets
from helpers.studies.conceptual_content.unit_swaps import UnitSwaps

LAYERS = {"a": slice(0, 4), "b": slice(4, 8)}
UNIT = torch.tensor([1, 0, 3, 6, 5, 7])
NAN = float("nan")
FACETS = UnitFacets(
    unit=UNIT,
    number=torch.tensor([1, 2, 0, 3, 2, 1]),
    excess=torch.tensor([0.5, 3.0, NAN, 4.0, 2.5, 0.0]),
    p=torch.tensor([0.5, 0.01, NAN, 0.01, 0.01, 0.5]),
    random_number=torch.ones(2, 39).long(),
    random_excess=torch.stack([torch.zeros(39), torch.cat([torch.zeros(36), torch.full((3,), 3.0)])]),
    gaussian_p=torch.full((2, 39), 0.5),
)


def test_units_beyond_one_null_and_beyond_both():
    assert facets.layer_of(UNIT, LAYERS).tolist() == [0, 0, 0, 1, 1, 1]
    more = facets.more_than_one(FACETS)
    assert more[2].isnan() and more[[0, 1, 3, 4, 5]].tolist() == [0, 1, 1, 1, 0]
    p = facets.p_among_random(FACETS, LAYERS)
    torch.testing.assert_close(p[[0, 1, 3, 4]], torch.tensor([1, 1, 1, 4]).double() / 40)
    assert facets.beyond_both(FACETS, LAYERS)[[0, 1, 3, 4, 5]].tolist() == [0, 1, 1, 0, 0]
    assert [each.tolist() for each in facets.by_layer(more, UNIT, LAYERS)] == [[0, 1], [1, 1, 0]]


def test_rises_along_the_layers():
    table = facets.by_draw(facets.more_than_one(FACETS), UNIT, LAYERS)
    assert table.shape == (3, 2)
    np.testing.assert_allclose(facets.rises(table), [1, 0], atol=1e-12)  # the third has a value in one layer only
    steep = torch.stack([torch.linspace(0, 1, 13), torch.linspace(1, 0.5, 13)]).double()
    np.testing.assert_allclose(facets.rises(steep), [1, -0.5])


def test_planted_points():
    sizes = {"sets": 12, "points": 60, "draws": 39, "seed": 0}
    assert facets.planted("two groups", **sizes).tolist() == [2] * 12
    assert int((facets.planted("elongated cloud", **sizes) > 1).sum()) <= 3
    assert int((facets.planted("skewed cloud", **sizes) > 1).sum()) > 0  # what random patches are there for


def test_means_of_swaps():
    kept = torch.full((6, len(CONDITIONS)), NAN)
    for where, values in ((RANDOM, 1.0), (OTHER, 2.0), (SAME, 4.0)):
        kept[:, CONDITIONS.index(f"own middle, rim of {where}")] = values * torch.arange(1, 7)
    kept[3:5] = NAN
    single = torch.tensor([True, False, False, True, False, False])
    found = UnitSwaps(unit=UNIT, single=single, kept=kept, error=torch.arange(6).double())
    by_rim = swaps.rims(found, LAYERS)
    assert {name: table.tolist() for name, table in by_rim.items()} == {RANDOM: [2, 6], OTHER: [4, 12], SAME: [8, 24]}
    gain = swaps.gain_by_class(found, LAYERS)  # the second layer has no single-faceted unit left
    assert {name: table.tolist() for name, table in gain.items()} == {"multi-faceted": [5], "single-faceted": [2]}
    assert swaps.by_end_and_rim(found, LAYERS) == {}  # no random middles here
    assert swaps.largest_error(found, LAYERS).tolist() == [2, 5]


def test_where_the_drawn_units_lie():
    assert facets.where_drawn(UNIT, LAYERS) == {"a": slice(0, 3), "b": slice(3, 6)}
