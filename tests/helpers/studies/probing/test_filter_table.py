"""What exact filters are like, against the same measured one by one."""

import pytest
import torch
from torch import nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import forward
from helpers.metrics.images import luminance, main_colour, relative_sum, spectral_centroid
from helpers.models.initialisation import randomised
from helpers.studies.probing.derivative_fit import explained_by_derivatives
from helpers.studies.probing.filter_table import (
    BANK,
    CENTROID,
    DERIVATIVES,
    IMAGE,
    NOISE,
    PATCH,
    RELATIVE_SUM,
    UNTRAINED,
    tabulate_filters,
    tabulate_untrained,
)
from helpers.studies.probing.measures import energy_box, largest_correlation
from helpers.studies.probing.reconstruction_table import EXACT, reconstruct

GALLERY = torch.rand(4, 3, 40, 40, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 6, 9, padding=4), nn.ReLU()]
    return nn.Sequential(*layers).eval().requires_grad_(False)


def value(table, condition, measure):
    return table[(table["condition"] == condition) & (table["measure"] == measure)]["value"].item()


def test_filters_and_patches(network):
    found = reconstruct(network, "4", GALLERY, count=3, seed=7)
    table = tabulate_filters(found, seed=7)
    filters = torch.cat([one.signals[EXACT] for one in found])
    box = energy_box(filters)
    inside = filters[..., *box.slices]
    for measure, expected in (
        (CENTROID, spectral_centroid(inside).mean()),
        (RELATIVE_SUM, relative_sum(filters).mean()),
        (DERIVATIVES, explained_by_derivatives(main_colour(inside)).mean()),
    ):
        assert value(table, EXACT, measure) == pytest.approx(float(expected), abs=1e-5)
    images = torch.stack([spectral_centroid(one.patch[..., *box.slices]) for one in found])
    assert value(table, IMAGE, CENTROID) == pytest.approx(float(images.mean()))
    assert value(table, NOISE, DERIVATIVES) < value(table, BANK, DERIVATIVES)
    likeness = []
    for one in found:
        height, width = one.patch.shape[-2:]
        rows = slice(max(0, box.top - 8), min(height, box.bottom + 8))
        columns = slice(max(0, box.left - 8), min(width, box.right + 8))
        wide = luminance(one.patch)[None, rows, columns]
        likeness.append(largest_correlation(luminance(one.signals[EXACT])[..., *box.slices], wide).mean())
    assert value(table, EXACT, PATCH) == pytest.approx(float(torch.stack(likeness).mean()), abs=1e-6)


def test_filters_of_the_network_with_random_weights(network):
    found = tabulate_untrained(network, "4", GALLERY, count=2, seed=5)
    other, filters = randomised(network, seed=5), []
    for image in GALLERY[:2]:
        run = forward(other, "4", image)
        unit, row, column = (int(k) for k in (run.activation == run.activation.max()).nonzero()[0])
        assert run.activation[unit, row, column] > 0
        filters.append(attribute(run, GRADIENT, position=(row, column), units=[unit]).full())
    whole = torch.cat(filters)
    inside = main_colour(whole[..., *energy_box(whole).slices])
    assert set(found["condition"]) == {UNTRAINED}
    assert value(found, UNTRAINED, DERIVATIVES) == pytest.approx(
        float(explained_by_derivatives(inside).mean()), abs=1e-5
    )
