"""How round embeddings are with several numbers of neighbours, on planes made by hand."""

import math

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import round_embeddings
from helpers.studies.googlenet_neurons.cluster_inputs import averaged, normalised, table_of_distances
from helpers.studies.googlenet_neurons.cluster_readings import embed
from helpers.studies.googlenet_neurons.cluster_statements import Clustered
from helpers.studies.googlenet_neurons.embedding_neighbours import EmbeddingsByNeighbours, EmbeddingsOfKernels
from helpers.studies.googlenet_neurons.round_embeddings import Round, spread
from tests.helpers.posing import posing

UNITS = 40


def ring(width, seed):
    """Points around a circle; width: the standard deviation of their radius."""
    angle = torch.arange(UNITS) * 2 * math.pi / UNITS
    radius = 1 + width * torch.randn(UNITS, generator=generator(seed, "radius"))
    return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)


def looked(own=(0.01, 0.01, 0.01)):
    """Trained kernels on rings of these widths with 10, 30 and 100 neighbours, and wider ones of random weights."""
    drawn = torch.stack([torch.stack([ring(0.1 + 0.1 * k, seed) for seed in (1, 2, 3)]) for k in (2, 0)])
    made = EmbeddingsByNeighbours(
        neighbours=torch.tensor([10, 39]),
        embedding=torch.stack([ring(own[0], 4), ring(own[2], 6)]),
        control_embedding=drawn,
    )
    one = posing(Clustered, plane=lambda: ring(own[1], 5), draws=3, control_plane=lambda _, k: ring(0.2, k + 1))
    return Round(one=one, made=made, own_neighbours=30)


def test_a_set_is_round_if_every_number_of_neighbours_says_so():
    found = looked()
    assert found.numbers == [10, 30, 100]
    assert found.larger() == [1, 1, 1] and found.is_round()
    wide = looked(own=(0.01, 1.0, 0.01))
    assert wide.larger() == [1, 0, 1] and not wide.is_round()
    values = found.measured["variation"][1]
    assert found.larger(cloud=2)[1] == sum(float(values[k] > values[2]) for k in (1, 3)) / 2
    assert spread(wide.larger()) == 1
    assert looked().measured["variation"][0, 0] == pytest.approx(0.01, rel=0.4)
    assert float(found.measured["centre"][0, 0]) == 0  # nothing in the middle of a ring


def test_random_weights_by_number_and_the_table():
    found = looked()
    drawn = round_embeddings.variation_by_neighbours([found, found])
    assert list(drawn) == ["10", "30", "100"]
    assert drawn["10"][0] > drawn["30"][0] > drawn["100"][0]
    lines = round_embeddings.table([found, found]).splitlines()
    assert lines[2].startswith("| 10 | 0.01 |") and lines[2].endswith("| 2 |")
    assert {line.count("|") for line in lines} == {9}


def test_the_stage_embeds_as_umap_does():
    kernels = torch.randn(15, 4, 3, 3, generator=generator(0, "kernels"))
    recipe = EmbeddingsOfKernels(key="a", kernels=kernels, numbers=(5, 100), draws=1)
    _, found = recipe.train(seeds=[3], device=torch.device("cpu"))
    assert found.neighbours.tolist() == [5, 14]
    assert found.control_embedding.shape == (2, 1, 15, 2)
    table = table_of_distances(averaged(normalised(kernels)))
    assert torch.equal(found.embedding[0], embed(table, neighbours=5, seed=3))
    assert recipe.describe() != EmbeddingsOfKernels(key="a", kernels=kernels + 1, numbers=(5, 100), draws=1).describe()
