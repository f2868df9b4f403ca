"""The density crop over its neighbours, readings and shares, against loops and on numbers made by hand."""

import math

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import crop_statements, crop_sweep
from helpers.studies.googlenet_neurons.kernel_clouds import core, gaussian
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, spread_core, two_longest
from helpers.studies.googlenet_neurons.stages.density_crops import DensityCrops
from helpers.studies.googlenet_neurons.topology.mapper import cycle_rank, explained

SHAPE = (2, 4, len(CROPS))


def test_neighbours_in_a_sample_are_as_large_a_part():
    assert crop_sweep.in_a_sample(512, 512) == [15, 50, 100, 200]
    assert crop_sweep.in_a_sample(20_000, 2_000) == [2, 5, 10, 20]
    assert crop_sweep.in_a_sample(73_728, 2_000) == [1, 1, 3, 5]
    assert crop_sweep.in_a_sample(120, 120) == [15, 50, 100, 119]


def test_a_sweep_measures_what_each_crop_leaves():
    points = gaussian(90, 9, seed=0, name="points")
    found = crop_sweep.sweep(points, [3, 8, 8, 20], most=12, eps=1.5)
    for number, k in enumerate((3, 8, 8, 20)):
        for crop, kept in enumerate(CROPS):
            left = points[core(points, neighbours=k, kept=kept)]
            cell = (0, number, crop)
            assert found["variance"][cell] == pytest.approx(explained(left), abs=1e-5)
            landmarks = spread_core(points, neighbours=k, kept=kept, most=12)
            assert found["bar"][cell] == pytest.approx(float(two_longest(landmarks)[0]), abs=1e-5)
            assert found["rank"][cell] == cycle_rank(graph_of(left, clusterer=dbscan(1.5)))
    assert torch.equal(found["bar"][0, :, -1], found["bar"][1, :, -1])  # nothing is cropped
    assert set(crop_sweep.sweep(points, [3], most=12)) == {"variance", "bar"}


def test_crops_that_keep_the_same_kernels():
    near = torch.arange(30.0)[:, None] ** 2 * torch.ones(1, 3)  # ever farther apart: every distance has one order
    assert crop_sweep.kept_alike(near, [1, 3]) == (pytest.approx(1, abs=0.12), pytest.approx(1, abs=0.12))
    noise = torch.randn(600, 25, generator=generator(0, "noise"))
    of_readings, of_numbers = crop_sweep.kept_alike(noise, [1, 100])
    assert 0.3 < of_numbers < of_readings <= 1


def made(**fields):
    """Null clouds with bars 0, 1, 2, …; the first shuffled cloud has 0.5 everywhere."""
    clouds = torch.arange(4.0)[:, None, None, None].expand(4, *SHAPE)
    zeros = torch.zeros(SHAPE)
    values = {
        "sizes": torch.tensor([9, 9]),
        "neighbours": torch.ones(4, dtype=torch.long),
        "variance": zeros,
        "bar": zeros,
        "rank": zeros,
        "alike": torch.ones(2),
        "gaussian_variance": clouds,
        "gaussian_bar": clouds,
        "gaussian_rank": clouds[:2],
        "shuffled_variance": torch.cat([clouds[:1], clouds]),
        "shuffled_bar": torch.cat([torch.full((1, *SHAPE), 0.5), clouds + 1]),
        "shuffled_rank": clouds[:2],
        "shuffled_alike": torch.ones(2),
    }
    return DensityCrops(**values | fields)


def test_percentiles_are_the_lower_of_both_kinds():
    bar = torch.full(SHAPE, 1.5)
    bar[0, 0, 2], bar[1, 2, 0] = 9, 2.5
    found = crop_statements.percentiles(made(bar=bar))
    assert found[0, 1, 2] == 0.25  # above two of four Gaussian clouds, and one of the four shuffled ones
    assert (float(found[0, 0, 2]), float(found[1, 2, 0])) == (1, 0.5)
    assert crop_statements.percentiles(made(bar=bar), shuffled=True).unique().tolist() == [0]
    assert crop_statements.highest([made(bar=bar)]) == ([1], [0])
    assert crop_statements.spans([made(bar=bar)]) == ([0.75], [0])


def test_what_crops_carve_out_and_ranks_of_one():
    variance = torch.full(SHAPE, 0.5)
    variance[..., 2], variance[1, 3, 2] = 0.9, 0.6
    own, drawn = crop_statements.least_carved([made(variance=variance)])
    assert (own, drawn) == ([pytest.approx(0.1)], [0])
    rank = torch.zeros(SHAPE)
    rank[..., -1] = 1
    rank[0, 0, 0] = 1
    own, mixed = crop_statements.rank_one([made(rank=rank)])
    assert own == [pytest.approx(2 / 33)] and mixed == [0.5]


def test_curves_and_the_table():
    bar = torch.arange(float(math.prod(SHAPE))).reshape(SHAPE)
    by_crop = crop_statements.curves([made(bar=bar)] * 3, "bar", by="crop")
    assert by_crop["trained, mean of all k"][0].tolist() == bar[1, 2].tolist()
    assert by_crop["Gaussian, k-th neighbour"][2].tolist() == [1.5] * len(CROPS)
    by_number = crop_statements.curves([made(bar=bar)], "bar", by="neighbours")
    assert by_number["trained, k-th neighbour"][0].tolist() == bar[0, :, 2].tolist()
    lines = crop_statements.table([made(), made()]).splitlines()
    assert lines[2].startswith("| k-th neighbour | 15 | 0.00 (0.00) |") and len(lines) == 10
