"""What the pages write to the table of units, against loops over units; every column has a value and a meaning."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.models.googlenet import GoogLeNet, in_identities
from helpers.pages import unit_table
from helpers.studies.conceptual_content import unit_columns
from helpers.studies.conceptual_content.chance import Chance

LAYERS = {"a": slice(0, 5), "b": slice(5, 7)}
COUNTS = torch.tensor([[4, 0, 0], [2, 2, 0], [0, 0, 0], [0, 1, 3], [1, 2, 1], [3, 1, 0], [0, 0, 4]])
BLIND = Chance(mean=2.0, low=1.0, high=3.0, spread=0.5)


@pytest.fixture(scope="module")
def values():
    per_unit = torch.arange(7) / 7
    return {
        **unit_columns.of_classes(COUNTS, torch.tensor([9, 8, 0, 7, 6, 5, 4]), ["cat", "dog", "fish"]),
        **unit_columns.of_facets(COUNTS, LAYERS, BLIND),
        **unit_columns.of_similarity(COUNTS, LAYERS),
        **unit_columns.of_selectivity(
            {"AUC": per_unit, "d'": per_unit},
            dict.fromkeys(("precision", "class selectivity", "AUC", "d'", "sparseness"), per_unit),
        ),
    }


def test_every_column_has_values_and_a_meaning(values):
    assert set(values) == set(unit_columns.COLUMNS)
    units = unit_table.identities("net", {name: where.stop - where.start for name, where in LAYERS.items()})
    table = unit_table.table(units, values, unit_columns.COLUMNS, page="study/01_a", about={})
    assert len(table) == 7 and table["gini"].null_count == 1  # the silent unit
    assert table["p_rank_high"].null_count == 3  # that, and a layer of two units


def test_classes_of_a_unit(values):
    assert values["purest_class"] == ["cat", "cat", None, "fish", "dog", "cat", "fish"]
    assert values["effective_classes"][:2].tolist() == [1.0, 2.0]
    assert values["z_effective_classes"][:2].tolist() == [-2.0, 0.0]


def test_p_values_are_within_a_layer_and_without_silent_units(values):
    degree = values["mf_degree"].numpy()
    inside = [0, 1, 3, 4]
    for unit in inside:
        others = [degree[k] for k in inside if k != unit]
        assert values["p_rank_high"][unit] == np.mean([degree[k] >= degree[unit] for k in inside])
        assert values["p_rank_low"][unit] == np.mean([degree[k] <= degree[unit] for k in inside])
        normal = stats.norm(np.mean(others), np.std(others, ddof=1))
        assert float(values["p_normal_high"][unit]) == pytest.approx(normal.sf(degree[unit]))
    assert math.isnan(values["p_rank_low"][2])


def test_means_over_the_other_units_of_the_layer(values):
    rows = COUNTS[:5].double().numpy()
    for unit in range(5):
        others = [k for k in range(5) if k != unit]
        assert float(values["mean_distance"][unit]) == pytest.approx(
            np.mean([np.linalg.norm(rows[unit] - rows[k]) for k in others])
        )
        if unit != 2:
            alike = [np.corrcoef(rows[unit], rows[k])[0, 1] for k in others if k != 2]
            assert float(values["mean_similarity"][unit]) == pytest.approx(np.mean(alike))
    assert math.isnan(values["mean_similarity"][2])


def test_a_branch_of_googlenet_stands_below_its_block():
    named = dict(GoogLeNet(width=0.1).named_modules())
    assert {"mixed4b_5x5", "conv2d0", "mixed4b"} <= set(named)
    assert in_identities("mixed4b_5x5_bottleneck") == "mixed4b/5x5_bottleneck"
    assert in_identities("mixed4b_5x5") == "mixed4b/5x5"
    assert [in_identities(name) for name in ("conv2d0", "mixed4b")] == ["conv2d0", "mixed4b"]
