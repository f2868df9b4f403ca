"""The table of measured reconstructions, against the same measured one by one."""

import math
from itertools import combinations, product

import pandas as pd
import pytest
import torch
from torch import nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import forward, receptive_field_windows
from helpers.metrics import images as similarity
from helpers.models.initialisation import randomised
from helpers.studies.probing import controls
from helpers.studies.probing.measures import local_gradients, outline_correlation
from helpers.studies.probing.reconstruction_table import (
    CENTROID,
    COLUMNS,
    DERIVATIVES,
    EXACT,
    IMAGE,
    LIKE_MASKED,
    ONE_IMAGE,
    ONE_UNIT,
    OTHER_THAN_MASKED,
    OUTLINES,
    OUTLINES_OTHER,
    PATCH,
    PIXELS,
    RECOGNISED,
    RELATIVE_SUM,
    STRUCTURE,
    UNTRAINED,
    per_seed,
    reconstruct,
    tabulate,
    tabulate_untrained,
)

GALLERY = torch.rand(5, 3, 24, 24, generator=torch.Generator().manual_seed(3))
COUNT = 3


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 6, 5, padding=2), nn.ReLU()]
    return nn.Sequential(*layers).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def found(network):
    return reconstruct(network, "4", GALLERY, count=COUNT, seed=7)


@pytest.fixture(scope="module")
def table(found):
    return tabulate(found, seed=7)


def value(table, condition, measure, image=None):
    """The one value of a row."""
    same = table["image"].isna() if image is None else table["image"] == image
    rows = table[(table["condition"] == condition) & (table["measure"] == measure) & same]
    return rows["value"].item()


def test_units_of_the_position_where_most_are_active(network, found):
    runs = [forward(network, "4", image) for image in GALLERY[: COUNT + 1]]
    active = torch.stack([run.activation > 0 for run in runs])
    counts = {p: int(active[:, :, *p].any(dim=0).sum()) for p in product(range(12), range(12))}
    windows = {p: GALLERY[..., *receptive_field_windows(runs[0], p)[0].slices] for p in counts}
    (position,) = (p for p, patches in windows.items() if torch.equal(patches, found[0].patches))
    assert counts[position] == max(counts.values())
    often = sorted(range(6), key=lambda unit: -int(active[:, unit, *position].sum()))
    counts = [int(active[:, unit, *position].sum()) for unit in often]
    assert [one.image for one in found] == [k for k in range(COUNT) if active[k, often[:4], *position].any()]
    for one in found:
        assert one.other == one.image + 1
        assert all(active[one.image, unit, *position] for unit in one.units)
        assert all(counts[often.index(unit)] >= counts[3] for unit in one.units)
        expected = controls.reconstructions(
            runs[one.image], runs[one.other], position=position, units=one.units, seed=7
        )
        for name, signal in expected.items():
            assert torch.equal(one.signals[name], signal)
        exact = attribute(runs[one.image], GRADIENT, position=position, units=one.units).signal
        assert torch.equal(one.signals[EXACT], exact)
        assert torch.equal(one.patch, one.patches[one.image])


def test_one_row_for_every_value(found, table):
    assert list(table.columns) == COLUMNS and set(table["seed"]) == {7}
    assert not table.duplicated(["seed", "image", "condition", "measure"]).any()
    of_images = table[table["image"].notna()]
    assert len(of_images) == len(found) * len(found[0].signals) * 5


def test_likeness_is_the_mean_over_the_units(found, table):
    for one in found:
        for condition, signals in one.signals.items():
            for measure, of in (
                (OUTLINES, outline_correlation),
                (PIXELS, similarity.luminance_correlation),
                (STRUCTURE, similarity.ssim),
            ):
                expected = sum(float(of(signal, one.patch)) for signal in signals) / len(signals)
                assert value(table, condition, measure, one.image) == pytest.approx(expected, abs=1e-6)
            outlines = [[float(outline_correlation(s, patch)) for patch in one.patches] for s in signals]
            right = sum(max(line) == line[one.image] for line in outlines) / len(signals)
            assert value(table, condition, RECOGNISED, one.image) == pytest.approx(right)
            other = sum(line[one.other] for line in outlines) / len(signals)
            assert value(table, condition, OUTLINES_OTHER, one.image) == pytest.approx(other, abs=1e-6)


def test_what_masks_change_and_what_units_share(found, table):
    pairs = [
        (a, b)
        for one in found
        for a, b in zip(one.signals[controls.DECONVNET_TRUE], one.signals[controls.OWN_TRUE], strict=True)
    ]
    alike = sum(float(similarity.luminance_correlation(a, b)) for a, b in pairs) / len(pairs)
    assert value(table, controls.DECONVNET_TRUE, LIKE_MASKED) == pytest.approx(alike, abs=1e-6)
    differ = sum(not torch.equal(a, b) for a, b in pairs) / len(pairs)
    assert value(table, controls.DECONVNET_TRUE, OTHER_THAN_MASKED) == pytest.approx(differ)
    sent = [(one.image, unit, one.signals[controls.OWN_TRUE][k]) for one in found for k, unit in enumerate(one.units)]
    both = list(combinations(sent, 2))
    for measure, chosen in (
        (ONE_UNIT, [(a, b) for (_, u, a), (_, v, b) in both if u == v]),
        (ONE_IMAGE, [(a, b) for (k, _, a), (m, _, b) in both if k == m]),
    ):
        expected = sum(float(similarity.luminance_correlation(a, b)) for a, b in chosen) / len(chosen)
        assert value(table, controls.OWN_TRUE, measure) == pytest.approx(expected, abs=1e-6)


def test_filters_and_patches(found, table):
    def mean(of, of_image):
        values = [sum(float(of(x, one)) for x in of_image(one)) / len(of_image(one)) for one in found]
        return sum(values) / len(values)

    def filters(one):
        return one.signals[EXACT]

    def patches(one):
        return [one.patch]

    for condition, measure, of, of_image in (
        (EXACT, PATCH, lambda x, one: abs(similarity.luminance_correlation(x, one.patch)), filters),
        (EXACT, RELATIVE_SUM, lambda x, _: similarity.relative_sum(x), filters),
        (EXACT, CENTROID, lambda x, _: similarity.spectral_centroid(x), filters),
        (IMAGE, CENTROID, lambda x, _: similarity.spectral_centroid(x), patches),
        (EXACT, DERIVATIVES, lambda x, _: local_gradients(x[None]), filters),
        (IMAGE, DERIVATIVES, lambda x, _: local_gradients(x[None]), patches),
    ):
        assert value(table, condition, measure) == pytest.approx(mean(of, of_image), abs=1e-6)


def test_filters_of_the_network_with_random_weights(network):
    found = tabulate_untrained(network, "4", GALLERY, count=2, seed=5)
    other, explained = randomised(network, seed=5), []
    for image in GALLERY[:2]:
        run = forward(other, "4", image)
        unit, row, column = (int(k) for k in (run.activation == run.activation.max()).nonzero()[0])
        assert run.activation[unit, row, column] > 0
        filters = attribute(run, GRADIENT, position=(row, column), units=[unit]).signal
        explained.append(float(local_gradients(filters)))
    assert value(found, UNTRAINED, DERIVATIVES) == pytest.approx(sum(explained) / 2)
    nn.init.constant_(network[3].bias, -1e6)  # silent everywhere
    silent = tabulate_untrained(network, "4", GALLERY, count=2, seed=5)
    assert math.isnan(value(silent, UNTRAINED, DERIVATIVES)) and value(silent, UNTRAINED, CENTROID) == 0
    assert tabulate(reconstruct(network, "4", GALLERY, count=2, seed=5), seed=5).empty


def test_per_seed_is_the_mean_over_the_images_in_the_order_of_the_seeds():
    rows = [(9, 0, "a", "m", 1.0), (9, 1, "a", "m", 2.0), (9, 0, "b", "m", 7.0), (2, None, "a", "m", 5.0)]
    assert per_seed(pd.DataFrame(rows, columns=COLUMNS), "a", "m").tolist() == [1.5, 5.0]
