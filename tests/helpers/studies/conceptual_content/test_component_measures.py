"""What is measured of components, on patches whose answer is known; statements on units, against loops."""

import numpy as np
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
    assert measures.held_out(PATCHES[:, :1]) > 0.5
    alone = torch.einsum("n,chw->nchw", WEIGHTS[:, 0], SOURCES[0])
    assert abs(measures.held_out(alone)) < 1e-3


def test_channels_that_are_alike_and_in_another_order():
    pictures = torch.randn(8, 1, 9, 9, generator=generator(0, "pictures"))
    other = -pictures.roll(1, 0)  # another order, and another sign
    came, fitted = measures.channel_match(torch.cat([pictures, other], dim=1))
    assert fitted == pytest.approx(1) and came < 0.3


def test_components_that_separate_classes():
    labels = torch.arange(100) % 2
    offset = 4 * (2 * labels[:, None, None, None] - 1) * SOURCES[0]
    separate = measures.class_share(PATCHES[:, :1] + offset, labels, components(PATCHES[:, :1], count=8, seed=0))
    mixed = measures.class_share(PATCHES[:, :1], labels, components(PATCHES[:, :1], count=8, seed=0))
    assert separate > mixed and mixed < 0.2


def test_all_measures_have_their_names():
    assert set(measures.of_patches(PATCHES, bootstraps=2, seed=0)) == set(measures.LIKENESS)
    assert set(measures.of_unit(PATCHES, torch.arange(100) % 5, bootstraps=2, seed=0)) == set(measures.UNIT)
    found = measures.stability_by_number(PATCHES, bootstraps=2, seed=0)
    assert np.isnan(found[3:]).all() and not np.isnan(found[:3]).any()  # there are eight sources


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
