"""The Hopkins statistic of sets of kernels, beside their controls."""

from types import SimpleNamespace

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import cluster_table, cluster_tendency
from helpers.studies.googlenet_neurons.cluster_inputs import averaged, control_averages, normalised
from helpers.studies.googlenet_neurons.cluster_statements import Clustered
from helpers.studies.googlenet_neurons.cluster_tendency import Tendency
from helpers.studies.googlenet_neurons.hopkins import hopkins
from helpers.studies.googlenet_neurons.round_embeddings import Round
from tests.helpers.posing import posing

UNITS, DRAWS = 60, 4


def looked():
    """A set whose embedding is two groups, beside Gaussian planes; its kernels have no groups."""
    kernels = torch.randn(UNITS, 6, 3, 3, generator=generator(0, "kernels"))
    planes = torch.randn(DRAWS, UNITS, 2, generator=generator(0, "planes"))
    groups = 0.1 * planes[0] + 10 * (torch.arange(UNITS) % 2)[:, None]
    return posing(
        Clustered,
        set=SimpleNamespace(kernels=kernels, clusters=3),
        averages=averaged(normalised(kernels)),
        plane=lambda: groups,
        control_plane=lambda control, draw: planes[draw],
        draws=DRAWS,
        key="a",
        seed=0,
    )


def test_embeddings_and_kernels_beside_their_controls():
    one = looked()
    found = cluster_tendency.of_embedding(one)
    assert set(found.drawn) == set(cluster_tendency.BESIDE)
    assert found.above("one cloud") and not found.in_range_of("one cloud")
    slow = hopkins(one.plane(), generator=generator(0, "Hopkins own of a"), power=2)
    assert found.own == pytest.approx(slow)
    kernels = cluster_tendency.of_kernels(one)
    drawn = control_averages(one.set.kernels, "shuffled", name="a", draw=2, seed=0)
    slow = hopkins(drawn, generator=generator(0, "Hopkins kernels shuffled 2 of a"))
    assert kernels.drawn["shuffled"][2] == pytest.approx(slow)
    assert kernels.own == pytest.approx(sum(kernels.drawn["one cloud"]) / DRAWS, abs=0.05)


def test_clear_groups_lie_above_their_clouds():
    assert cluster_tendency.of_planted_groups(looked()).above("one cloud")


def test_a_row_has_each_number_beside_its_control():
    one = posing(
        Clustered,
        name="mixed4a 3×3",
        set=SimpleNamespace(clusters=4),
        trees_step=(2, 3),
        silhouettes=lambda: torch.tensor([0.1, 0.3]),
        control_silhouettes=lambda _: torch.tensor([[0.0, 0.1], [0.1, 0.2]]),
        starts_agree=lambda: 0.9,
        random_starts_agree=lambda: 0.5,
    )
    beside = {"variation": (0.3, 0.35), "centre": (0.1, 0.12), "bar": (0.2, 0.25)}
    embedded = posing(Round, beside_random=beside.get)
    head, _, row = cluster_table.table([one], [embedded], [Tendency(0.8, {"one cloud": [0.6, 0.8]})]).splitlines()
    assert row.startswith("| mixed4a 3×3 | 4 | 2 (3) | 0.20 (0.10) | 0.90 (0.50) | 0.30 (0.35) |")
    assert row.endswith("| 0.80 (0.70) |") and row.count("|") == head.count("|")
