"""What six image sets allow with 100 images a unit, and what the printed degrees of the study mean.

The numbers were worked out from the formulas before the code was there.
"""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.conceptual_content.chance import chance, class_blind_counts
from helpers.studies.conceptual_content.facets import effective_classes, flatness, gini, multi_faceted_degree
from helpers.studies.conceptual_content.limits import limits
from helpers.studies.conceptual_content.unit_similarity import correlations, distances, pairs

BY_SIZE = {1: 351, 2: 236, 3: 94, 4: 30, 5: 10, 6: 3, 7: 1}
SIZES = {
    "ImageNet": [1300] * 1000,
    "validation": [50] * 1000,
    "1,300": [size for size, classes in BY_SIZE.items() for _ in range(classes)],
    "one a class": [1] * 1000,
    "Imagenette": [387, 395, 357, 386, 409, 394, 389, 419, 399, 390],
    "Tiny-ImageNet": [50] * 200,
}
INF = float("inf")
ALLOWED = {  # classes in a row, Gini, flatness, degree
    "ImageNet": [(1, 100), (0.900, 0.999), (0, 0.587), (0, 0.653)],
    "validation": [(2, 100), (0.900, 0.998), (0.072, 0.587), (0.072, 0.653)],
    "1,300": [(21, 100), (0.862, 0.974), (0.373, 0.624), (0.382, 0.723)],
    "one a class": [(100, 100), (0.900, 0.900), (0.587, 0.587), (0.653, 0.653)],
    "Imagenette": [(1, 10), (0, 0.900), (0, 1), (0, INF)],
    "Tiny-ImageNet": [(2, 100), (0.500, 0.990), (0.095, 0.827), (0.096, 1.653)],
}
BLIND = {  # mean degree, where 95% lie, classes
    "ImageNet": (0.635, 0.618, 0.649, 95),
    "validation": (0.635, 0.620, 0.649, 95),
    "1,300": (0.700, 0.680, 0.718, 95),
    "one a class": (0.653, 0.653, 0.653, 100),
    "Tiny-ImageNet": (1.13, 1.03, 1.24, 79),
}


def blind(name, draws=4_000):
    return class_blind_counts(torch.tensor(SIZES[name]), top=100, draws=draws, generator=generator(0, name))


@pytest.mark.parametrize("name", SIZES)
def test_what_a_set_allows(name):
    found = limits(torch.tensor(SIZES[name]), top=100)
    for measure, ends in zip(("classes", "Gini", "flatness", "MF"), ALLOWED[name], strict=True):
        assert found[measure] == pytest.approx(ends, abs=6e-4), measure


@pytest.mark.parametrize("name", BLIND)
def test_units_that_are_blind_to_classes(name):
    mean, low, high, classes = BLIND[name]
    counts = blind(name)
    found = chance(multi_faceted_degree, counts)
    near = 0.01 if name == "Tiny-ImageNet" else 0.0016  # printed with two decimals, and with three
    assert (found.mean, found.low, found.high) == pytest.approx((mean, low, high), abs=near)
    assert float((counts > 0).sum(dim=-1).double().mean()) == pytest.approx(classes, abs=0.6)


def test_blind_units_of_ten_classes():
    found = chance(multi_faceted_degree, blind("Imagenette", 20_000))
    assert (found.mean, found.low, found.high) == pytest.approx(
        (6.6, 4.0, 11.3), rel=0.03
    )  # a coarse scale: few classes


EQUAL = {
    1: 0,
    2: 0.072,
    3: 0.117,
    5: 0.176,
    10: 0.263,
    20: 0.358,
    30: 0.417,
    40: 0.462,
    50: 0.506,
    58: 0.524,
    60: 0.529,
}
EQUAL |= {80: 0.584, 95: 0.634, 100: 0.653}


@pytest.mark.parametrize("classes", EQUAL)
def test_degree_of_classes_with_equal_counts(classes):
    """As equal as 100 images allow: of 60 classes, 40 have two and 20 have one."""
    row = torch.tensor([100 // classes + (k < 100 % classes) for k in range(classes)] + [0] * (1000 - classes))
    assert float(multi_faceted_degree(row)) == pytest.approx(EQUAL[classes], abs=6e-4)
    assert float(effective_classes(row)) <= classes + 1e-9


@pytest.mark.parametrize(("largest", "others", "degree"), [(20, 80, 0.530), (50, 50, 0.313)])
def test_degree_of_one_class_and_many_single_images(largest, others, degree):
    row = torch.tensor([largest] + [1] * others + [0] * (999 - others))
    assert float(multi_faceted_degree(row)) == pytest.approx(degree, abs=6e-4)


NEURONS = {64: (1.154, 1.283), 128: (0.931, 1.034), 256: (0.778, 0.865), 512: (0.668, 0.742)}


@pytest.mark.parametrize("units", NEURONS)
def test_largest_flatness_with_the_number_of_units_as_printed(units):
    row = torch.tensor([1] * 100 + [0] * 900)
    found = float(flatness(row, n=units)), float(multi_faceted_degree(row, n=units))
    assert found == pytest.approx(NEURONS[units], abs=6e-4)


def test_blind_rows_of_imagenet():
    counts = blind("ImageNet")
    found = chance(gini, counts)
    assert (found.mean, found.low, found.high) == pytest.approx((0.909, 0.902, 0.917), abs=1.1e-3)
    assert chance(lambda rows: multi_faceted_degree(rows, n=64), counts).mean == pytest.approx(1.24, abs=6e-3)
    largest = multi_faceted_degree(counts[: 31 * 128].reshape(31, 128, 1000)).amax(dim=1)
    assert float(largest.mean()) == pytest.approx(0.65, abs=6e-3)
    assert float(pairs(correlations(counts[:200])).mean()) == pytest.approx(0, abs=1e-3)
    assert float(pairs(distances(counts[:200])).mean()) == pytest.approx(14.1, abs=0.5)


@pytest.mark.parametrize(("classes", "distance"), [(100, 14.1), (57, 19.3), (30, 26.1), (10, 44.7), (1, 141.4)])
def test_distance_of_rows_without_a_common_class(classes, distance):
    row = torch.tensor([100 // classes + (k < 100 % classes) for k in range(classes)])
    rows = torch.zeros(2, 200)
    rows[0, :classes], rows[1, -classes:] = row, row
    assert float(pairs(distances(rows))) == pytest.approx(distance, abs=0.06)
