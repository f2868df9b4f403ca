"""Mapper against a second library, zen-mapper; ranks and components against NetworkX-free loops and known graphs."""

import itertools

import kmapper
import numpy as np
import pytest
import torch
import zen_mapper
from sklearn.cluster import DBSCAN
from zen_mapper.adapters import sk_learn
from zen_mapper.cover import precomputed_cover, rectangular_cover

from helpers.randomness import generator
from helpers.studies.googlenet_neurons.topology.mapper import (
    Graph,
    MapperError,
    components,
    cycle_rank,
    distances_between,
    explained,
    large_loops,
    largest_component,
    mapper,
    principal_projection,
)

CLUSTERER = DBSCAN(eps=0.6, min_samples=3)


def circle(points=300, axes=5):
    random = generator(0, "circle")
    angle = torch.rand(points, generator=random) * 2 * torch.pi
    flat = torch.stack([angle.cos(), angle.sin()], 1)
    return torch.cat([flat, torch.zeros(points, axes - 2)], 1) + 0.03 * torch.randn(points, axes, generator=random)


def plain(nodes, edges):
    members = torch.stack([torch.arange(nodes), torch.arange(nodes)], 1)
    return Graph(members=members, edges=torch.tensor(edges).reshape(-1, 2), cubes=nodes, holes=0)


@pytest.mark.parametrize(("meaning", "widening"), [("cube", 1 / (1 - 0.25)), ("pitch", 1 + 0.25)])
def test_the_same_graph_as_zen_mapper(meaning, widening):
    """The cubes, whose middles lie as KeplerMapper says, are as wide as the meaning of overlap says."""
    points = circle()
    lens = principal_projection(points)
    graph = mapper(points, lens, clusterer=CLUSTERER, bins=5, overlap=0.25, meaning=meaning)
    low, high = lens.numpy().min(axis=0), lens.numpy().max(axis=0)
    pitch = (high - low) / 5
    middles = [np.linspace(a + p / 2, b - p / 2, 5) for a, b, p in zip(low, high, pitch, strict=True)]
    cubes = rectangular_cover(np.array(list(itertools.product(*middles))), pitch * widening, lens.numpy())
    cover = precomputed_cover([cube for cube in cubes if len(cube) >= 3])
    other = zen_mapper.mapper(points.numpy(), lens.numpy(), cover, sk_learn(CLUSTERER), dim=1)
    ours = [frozenset(graph.points(node).tolist()) for node in range(graph.nodes)]
    theirs = [frozenset(node.tolist()) for node in other.nodes]
    assert sorted(ours, key=sorted) == sorted(theirs, key=sorted)
    joined = {frozenset((ours[a], ours[b])) for a, b in graph.edges.tolist()}
    assert joined == {frozenset(theirs[node] for node in edge) for edge in other.nerve[1]}
    assert graph.cubes == sum(len(cube) > 0 for cube in cubes)


def test_a_circle_is_one_loop():
    points = circle()
    graph = mapper(points, principal_projection(points), clusterer=CLUSTERER, bins=5, overlap=0.2)
    assert large_loops(graph) == 1
    assert graph.sizes.sum() == len(graph.members)


def test_a_cover_that_leaves_no_node():
    with pytest.raises(MapperError, match=r"leaves no node: DBSCAN.* finds no cluster of the 10 points"):
        mapper(torch.eye(10), torch.eye(10)[:, :3], clusterer=CLUSTERER, bins=5, overlap=0.1)
    with pytest.raises(MapperError, match="are no cover"):
        mapper(circle(), circle()[:, :3], clusterer=CLUSTERER, bins=0, overlap=0.1)


def test_known_graphs():
    for nodes, left in ((6, 0), (7, 1)):
        ring = plain(nodes, [(k, k + 1) for k in range(nodes - 1)] + [(0, nodes - 1)])
        assert (cycle_rank(ring), large_loops(ring)) == (1, left)
    full = plain(5, [*itertools.combinations(range(4), 2)])  # four nodes, all joined, and a fifth
    assert (cycle_rank(full), large_loops(full)) == (3, 0)
    assert components(full).tolist() == [0, 0, 0, 0, 1]
    assert largest_component(full).nodes == 4
    near, far = distances_between(ring, torch.arange(7.0)[:, None])
    assert near.sort().values.tolist() == [1, 1, 1, 1, 1, 1, 6]
    assert len(far) == 14


def test_ranks_of_random_graphs():
    """By ranks of boundary matrices, of all sets of nodes that are at most two edges apart; over the rationals."""
    random = np.random.default_rng(0)
    for _ in range(4):
        nodes = [*range(16)]
        ring = {tuple(sorted((k, (k + 1) % 16))) for k in nodes}
        graph = plain(16, sorted(ring | {p for p in itertools.combinations(nodes, 2) if random.random() < 0.02}))
        joined = graph.adjacency()
        near = joined | (joined.float() @ joined.float() > 0)
        edges = [pair for pair in itertools.combinations(nodes, 2) if near[pair]]
        triangles = [t for t in itertools.combinations(nodes, 3) if all(near[p] for p in itertools.combinations(t, 2))]
        d1 = boundary([(node,) for node in nodes], edges)
        d2 = boundary(edges, triangles)
        d0 = boundary([(node,) for node in nodes], [tuple(edge) for edge in graph.edges.tolist()])
        assert cycle_rank(graph) == len(graph.edges) - np.linalg.matrix_rank(d0)
        assert large_loops(graph) == len(edges) - np.linalg.matrix_rank(d1) - np.linalg.matrix_rank(d2)


def boundary(faces, simplices):
    """Which faces each simplex has, with alternating signs."""
    place = {face: k for k, face in enumerate(faces)}
    found = np.zeros((len(faces), len(simplices)))
    for k, simplex in enumerate(simplices):
        for j in range(len(simplex)):
            found[place[simplex[:j] + simplex[j + 1 :]], k] = (-1) ** j
    return found


def test_projection_and_means():
    points = torch.randn(50, 6, generator=generator(0, "points")) * torch.arange(1.0, 7)
    found = principal_projection(points).numpy()
    from sklearn.decomposition import PCA

    pca = PCA(3).fit(points.numpy())
    np.testing.assert_allclose(np.abs(found), np.abs(pca.transform(points.numpy())), atol=1e-3)
    assert explained(points) == pytest.approx(pca.explained_variance_ratio_.sum(), rel=1e-5)
    graph = Graph(members=torch.tensor([[0, 3], [0, 4], [1, 4]]), edges=torch.tensor([[0, 1]]))
    assert torch.allclose(graph.means(points), torch.stack([points[3:5].mean(0), points[4]]))


def test_overlap_of_kepler_mapper_means_a_share_of_the_cube():
    cover = kmapper.Cover(n_cubes=4, perc_overlap=0.2)
    first, second, *_ = cover.fit(np.c_[np.arange(9), np.linspace(0, 1, 9)])
    width = 2 * cover.radius_[0]
    assert width - (second[0] - first[0]) == pytest.approx(0.2 * width)
