"""Labels of images from several starts and settings: kappas against scikit-learn and a loop over all pairs."""

from itertools import combinations

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score

from helpers.studies.googlenet_neurons.kept_labels import (
    Labels,
    labels,
    neighbours,
    over_settings,
    over_starts,
    table,
)
from helpers.studies.googlenet_neurons.subject import subject
from tests.helpers.studies.googlenet_neurons.test_optimisation_statements import made

RANDOM = torch.Generator().manual_seed(0)
STARTS = torch.rand(40, 5, generator=RANDOM) < torch.rand(40, 1, generator=RANDOM)
OTHER = torch.rand(40, generator=RANDOM) < 0.4
FOUND = Labels(STARTS, {"pad_0": STARTS[:, 1], "centre": OTHER}, OTHER)
NEXT = torch.arange(40).roll(-1)


@pytest.fixture(autouse=True)
def without_assets(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)


def test_the_mean_over_units_is_fleiss_kappa_over_all_pairs_of_starts():
    pairs = [np.mean([bool(a == b) for a, b in combinations(unit.tolist(), 2)]) for unit in STARTS]
    share = float(STARTS.double().mean())
    chance = share**2 + (1 - share) ** 2
    assert over_starts(FOUND).tolist() == pytest.approx([(same - chance) / (1 - chance) for same in pairs])
    crossed = [np.mean([bool(a == b) for a in STARTS[unit] for b in STARTS[(unit + 1) % 40]]) for unit in range(40)]
    expected = [(same - chance) / (1 - chance) for same in crossed]
    assert over_starts(FOUND, NEXT).tolist() == pytest.approx(expected)


def test_the_mean_over_units_is_the_mean_kappa_of_the_settings():
    first = STARTS[:, 0]
    expected = np.mean([cohen_kappa_score(first, each) for each in FOUND.settings.values()])
    assert float(over_settings(FOUND).mean()) == pytest.approx(expected)
    rolled = np.mean([cohen_kappa_score(first, each.roll(-1)) for each in FOUND.settings.values()])
    assert float(over_settings(FOUND, NEXT).mean()) == pytest.approx(rolled)


def test_labels_that_never_differ_agree_no_more_than_by_chance_and_equal_ones_fully():
    none = torch.zeros(6, 3, dtype=torch.bool)
    constant = Labels(none, {"pad_0": none[:, 0]}, none[:, 0])
    assert over_starts(constant).tolist() == over_settings(constant).tolist() == [0] * 6
    kept = torch.tensor([True, False, True])
    same = Labels(kept[:, None].expand(3, 4), {"pad_0": kept}, kept)
    assert over_starts(same).tolist() == over_settings(same).tolist() == [1] * 3


def test_the_next_unit_of_the_layer_goes_round_and_each_setting_is_labelled():
    seen = subject({"model": "googlenet", "layer": "auto"})
    first, deep = (seen.places(seen.block(name).branches[1]).start for name in ("mixed3a", "mixed4a"))
    base = made([first, first + 1, first + 2, deep], starts=2)
    assert neighbours(seen, base).tolist() == [1, 2, 0, 3]
    single = made([first, first + 1, first + 2, deep])
    checks = {"starts": base, "long": single, "pad_12": single, "canvas_40": single, "float32": single}

    def bright(levels):
        return levels.float().mean((1, 2, 3)) > 127.5

    found = labels(checks, bright)
    assert found.starts.shape == (4, 2) and set(found.settings) == {"pad_12", "canvas_40"}
    assert found.starts[:, 1].tolist() == bright(base.image[:, 0, 1]).tolist()
    text = table(found, seed=0)
    assert "canvas of 40 pixels" in text and "padding of 12 pixels" in text and text.count("\n") == 6
