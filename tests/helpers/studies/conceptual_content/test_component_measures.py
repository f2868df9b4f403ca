"""What is measured of components, on patches whose answer is known; statements on units, against loops."""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.conceptual_content import component_measures as measures
from helpers.studies.conceptual_content.component_statements import looked_at, over_layers
from helpers.studies.conceptual_content.components import components
from helpers.studies.conceptual_content.unit_components import UnitComponents

SOURCES = torch.randn(8, 1, 7, 7, generator=generator(0, "sources")).double()
WEIGHTS = torch.randn(100, 8, generator=generator(0, "weights")).double() ** 3
PATCHES = torch.einsum("nk,kchw->nchw", WEIGHTS, SOURCES).expand(-1, 3, -1, -1)


def test_held_out_variance_of_eight_sources_and_of_one():
    alone = torch.einsum("n,chw->nchw", WEIGHTS[:, 0], SOURCES[0])
    eight, one = measures.held_out(torch.stack([PATCHES[:, :1], alone])).tolist()
    assert eight > 0.5 and abs(one) < 1e-3


def test_channels_that_are_alike_and_in_another_order():
    pictures = torch.randn(8, 1, 9, 9, generator=generator(0, "pictures"))
    other = -pictures.roll(1, 0)  # another order, and another sign
    came, fitted = measures.channel_match(torch.cat([pictures, other], dim=1))
    assert fitted == pytest.approx(1) and came < 0.3


def test_components_that_separate_classes():
    labels = torch.arange(100) % 2
    offset = 4 * (2 * labels[:, None, None, None] - 1) * SOURCES[0]
    pictures = components(PATCHES[:, :1], count=8, seed=0).pictures.expand(2, -1, -1, -1, -1)
    patches = torch.stack([PATCHES[:, :1] + offset, PATCHES[:, :1]])
    separate, mixed = measures.class_share(patches, labels.expand(2, -1), pictures).tolist()
    assert separate > mixed and mixed < 0.2
    rows = patches[1].flatten(1) - patches[1].flatten(1).mean(dim=0)
    weights = rows @ torch.linalg.pinv(pictures[1].flatten(1))
    slow = [
        sum((labels == k).sum() * column[labels == k].mean() ** 2 for k in (0, 1)) / column.square().sum()
        for column in weights.T
    ]
    assert mixed == pytest.approx(float(max(slow)))


def test_all_measures_have_their_names():
    two = torch.stack([PATCHES, torch.zeros_like(PATCHES)])  # the second unit has no components
    labels = (torch.arange(100) % 5).expand(2, -1)
    for found, names in (
        (measures.of_patches(two, bootstraps=2, seed=0), measures.LIKENESS),
        (measures.of_unit(two, labels, bootstraps=2, seed=0), measures.UNIT),
    ):
        assert set(found) == set(names)
        assert [values.isnan().tolist() for values in found.values()] == [[False, True]] * len(names)
    found = measures.stability_by_number(two, bootstraps=2, seed=0)
    assert found.isnan().tolist() == [[False] * 3 + [True] * 2, [True] * 5]  # there are eight sources


def test_statements_bring_units_together_by_layer():
    units = torch.tensor([0, 2, 4, 10, 12, 14])
    random = generator(0, "table")

    def table(columns):
        return torch.rand(6, columns, generator=random)

    likeness, alone, numbers = len(measures.LIKENESS), len(measures.UNIT), len(measures.NUMBERS)
    found = UnitComponents(units, table(likeness), table(likeness), table(alone), table(numbers), table(numbers))
    layers = {"a": slice(0, 6), "b": slice(6, 20)}
    looked = looked_at(found, layers, torch.arange(20).double(), torch.arange(20).double())
    assert looked.layers == {"a": slice(0, 3), "b": slice(3, 6)} and looked.degree.tolist() == units.tolist()
    values = over_layers(looked)
    seeds = found.alone[:, measures.UNIT.index("seeds")]
    assert values["control.seeds"] == pytest.approx([float(seeds[:3].mean()), float(seeds[3:].mean())])
    assert list(values["beyond.how-many"]) == ["4", "6", "8", "10", "16"]
