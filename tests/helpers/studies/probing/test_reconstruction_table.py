"""The table of measured reconstructions, against the same measured one by one."""

from itertools import combinations, product

import pandas as pd
import pytest
import torch
from torch import nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import forward, receptive_field_windows
from helpers.metrics import images as similarity
from helpers.studies.probing import backward_flow, controls
from helpers.studies.probing.filter_table import tabulate_filters, tabulate_untrained
from helpers.studies.probing.measures import energy_box, outline_correlation, visible
from helpers.studies.probing.reconstruction_table import (
    COLUMNS,
    EXACT,
    LIKE_MASKED,
    ONE_IMAGE,
    ONE_UNIT,
    OUTLINES,
    OUTSIDE_TREE,
    PIXELS,
    RECOGNISED,
    SAME_UNITS,
    VISIBLE,
    VISIBLE_OTHER,
    VISIBLE_REST,
    box_of,
    per_seed,
    reconstruct,
    strongest_in_view,
    tabulate,
    tabulate_flow,
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
    assert [one.image for one in found] == [k for k in range(COUNT) if active[k, often[:2], *position].any()]
    for one in found:
        assert one.other == one.image + 1
        assert all(active[one.image, unit, *position] for unit in one.units)
        assert all(counts[often.index(unit)] >= counts[1] for unit in one.units)
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
    assert len(of_images) == len(found) * len(found[0].signals) * 6


def test_pictures_are_compared_inside_one_box(found):
    box = box_of(found)
    assert box == energy_box(torch.cat([one.signals[controls.OWN_TRUE] for one in found]))
    assert box.height <= found[0].patch.shape[-2]


def test_likeness_is_the_mean_over_the_units(found, table):
    box = box_of(found).slices
    for one in found:
        patches = one.patches[..., *box]
        for condition, whole in one.signals.items():
            signals = whole[..., *box]
            for measure, of in (
                (OUTLINES, outline_correlation),
                (PIXELS, similarity.luminance_correlation),
            ):
                expected = sum(float(of(signal, patches[one.image])) for signal in signals) / len(signals)
                assert value(table, condition, measure, one.image) == pytest.approx(expected, abs=1e-6)
            seen = [[float(visible(s[None], patch[None])) for patch in patches] for s in signals]
            right = sum(max(line) == line[one.image] for line in seen) / len(signals)
            assert value(table, condition, RECOGNISED, one.image) == pytest.approx(right)
            for measure, expected in (
                (VISIBLE, [line[one.image] for line in seen]),
                (VISIBLE_OTHER, [line[one.other] for line in seen]),
                (VISIBLE_REST, [x for line in seen for k, x in enumerate(line) if k != one.image]),
            ):
                mean = sum(expected) / len(expected)
                assert value(table, condition, measure, one.image) == pytest.approx(mean, abs=1e-5)


def test_what_masks_change_and_what_units_share(found, table):
    box = box_of(found).slices
    pairs = [
        (a[..., *box], b[..., *box])
        for one in found
        for a, b in zip(one.signals[controls.DECONVNET_TRUE], one.signals[controls.OWN_TRUE], strict=True)
    ]
    alike = sum(float(similarity.luminance_correlation(a, b)) for a, b in pairs) / len(pairs)
    assert value(table, controls.DECONVNET_TRUE, LIKE_MASKED) == pytest.approx(alike, abs=1e-6)
    sent = [
        (one.image, unit, one.signals[controls.OWN_TRUE][k][..., *box])
        for one in found
        for k, unit in enumerate(one.units)
    ]
    both = list(combinations(sent, 2))
    for measure, chosen in (
        (ONE_UNIT, [(a, b) for (_, u, a), (_, v, b) in both if u == v]),
        (ONE_IMAGE, [(a, b) for (k, _, a), (m, _, b) in both if k == m]),
    ):
        expected = sum(float(similarity.luminance_correlation(a, b)) for a, b in chosen) / len(chosen)
        assert value(table, controls.OWN_TRUE, measure) == pytest.approx(expected, abs=1e-6)


def test_channels_are_brought_into_the_order_of_images(network, found):
    swapped = reconstruct(network, "4", GALLERY, count=COUNT, seed=7, order="BGR")
    for a, b in zip(found, swapped, strict=True):
        assert torch.equal(a.patches, b.patches.flip(1))
        assert torch.equal(a.signals[controls.OWN_RANDOM], b.signals[controls.OWN_RANDOM].flip(1))


def test_only_the_conditions_asked_for(network):
    wanted = (controls.OWN_TRUE, controls.OWN_RANDOM)
    (one, *_) = reconstruct(network, "4", GALLERY, count=1, seed=7, conditions=wanted)
    assert set(one.signals) == {*wanted, EXACT}


def test_the_flow_is_that_of_the_first_unit(found):
    flow = tabulate_flow(found, seed=7)
    for one in found:
        (level,) = backward_flow.levels(one.passage, unit=one.units[0], position=one.place)
        assert value(flow, controls.DECONVNET_TRUE, SAME_UNITS, one.image) == pytest.approx(level.overlap)
        assert value(flow, controls.DECONVNET_TRUE, OUTSIDE_TREE, one.image) == pytest.approx(level.outside)


def test_nothing_active(network):
    silent = nn.Sequential(*network)
    silent[3] = nn.Conv2d(8, 6, 5, padding=2).requires_grad_(False)
    nn.init.constant_(silent[3].bias, -1e6)
    nothing = reconstruct(silent, "4", GALLERY, count=2, seed=5)
    assert tabulate(nothing, seed=5).empty and tabulate_filters(nothing, seed=5).empty
    untrained = tabulate_untrained(silent, "4", GALLERY, count=2, seed=5)
    assert untrained["value"].isna().all() and len(untrained) == 3


def test_per_seed_is_the_mean_over_the_images_in_the_order_of_the_seeds():
    rows = [(9, 0, "a", "m", 1.0), (9, 1, "a", "m", 2.0), (9, 0, "b", "m", 7.0), (2, None, "a", "m", 5.0)]
    assert per_seed(pd.DataFrame(rows, columns=COLUMNS), "a", "m").tolist() == [1.5, 5.0]


def test_a_position_at_the_border_that_sees_too_little_gives_way_to_the_middle():
    network = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1)).eval().requires_grad_(False)
    nn.init.ones_(network[0].weight)
    image = torch.zeros(3, 9, 9)
    image[:, 0, 0] = 5
    passage = forward(network, "0", image)
    found = strongest_in_view(passage, unit=None)
    assert found.place == (4, 4)
    image[:, 4, 6] = 9
    assert abs(strongest_in_view(forward(network, "0", image), unit=1).place[0] - 4) <= 1
