"""What the sentences on shapes are judged by, on a small set of kernels, against loops and known answers."""

import math
from types import SimpleNamespace

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import ring_statements, shape_statements
from helpers.studies.googlenet_neurons.columns import shape
from helpers.studies.googlenet_neurons.kernel_clouds import core, gaussian, normalised, shuffled
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle, noisy_edges
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of
from helpers.studies.googlenet_neurons.kernel_rings import CROPS
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.plots.kernel_graphs import (
    graphs_beside_circles,
    kernels_of_all,
    one_kernel_per_node,
    small_multiples,
)
from helpers.studies.googlenet_neurons.ring_statements import Ring, early_losses, over_training
from helpers.studies.googlenet_neurons.shape_graph import check_nodes, to_look_into
from helpers.studies.googlenet_neurons.stages import kernel_clouds
from helpers.studies.googlenet_neurons.stages.digit_kernels import DigitKernels
from helpers.studies.googlenet_neurons.stages.kernel_clouds import KernelCloud
from helpers.studies.googlenet_neurons.stages.kernel_rings import Loops
from helpers.studies.googlenet_neurons.stages.mapper_grid import MapperGrid
from helpers.studies.googlenet_neurons.subject import Branch
from helpers.studies.googlenet_neurons.three_circles import three_circles
from helpers.studies.googlenet_neurons.topology.mapper import MapperError

UNITS, CHANNELS = 20, 30


def made(name="a", *, eps=0.6, seed=0):
    """Edges of every direction with noise: 20 units of 30 kernels."""
    weights = noisy_edges(UNITS * CHANNELS, (3, 3), noise=0.2, seed=seed).reshape(UNITS, CHANNELS, 3, 3)
    whole = normalised(weights)
    mixed = shuffled(whole.points, seed=seed, name=name)
    left, other = (core(points, neighbours=20, kept=0.5) for points in (whole.points, mixed))
    graphs = [graph_of(points, clusterer=dbscan(eps)) for points in (whole.points[left], mixed[other])]
    cloud = KernelCloud(
        constant=torch.tensor([0]),
        eps=torch.tensor([eps]),
        core=left,
        angle=edge_angle(whole.points[left], (3, 3)),
        edge=edge_angle(whole.points[left], (3, 3)),
        members=graphs[0].members,
        edges=graphs[0].edges,
        cubes=torch.tensor([graphs[0].cubes, graphs[0].holes]),
        pitch_members=graphs[0].members,
        pitch_edges=graphs[0].edges,
        variance=torch.linspace(0.9, 0.5, len(CROPS)),
        embedded=torch.zeros(0, dtype=torch.long),
        embedding_seconds=torch.zeros(0),
        reducing_seconds=torch.tensor([2.0]),
        shuffled_core=other,
        shuffled_edge=edge_angle(mixed[other], (3, 3)),
        shuffled_members=graphs[1].members,
        shuffled_edges=graphs[1].edges,
        shuffled_cubes=torch.tensor([graphs[1].cubes, graphs[1].holes]),
        shuffled_variance=torch.full((len(CROPS),), 0.4),
    )
    branch = Branch(block=name, name="3x3", layer=name, convolution=name, size=(3, 3), first=0, units=UNITS)
    return KernelSet(
        branch=branch,
        cloud=cloud,
        channels=CHANNELS,
        everything=whole.points,
        core=whole.points[left],
        shuffled_core=mixed[other],
    )


SET = made()


def test_shares_and_distances_by_loops():
    graph = SET.graph()
    inside = {point for node in range(graph.nodes) for point in graph.points(node).tolist()}
    assert shape_statements.share_in_graph(SET) == pytest.approx(len(inside) / len(SET.core))
    means = [SET.core[graph.points(node)].mean(dim=0) for node in range(graph.nodes)]
    joined = {tuple(edge) for edge in graph.edges.tolist()}
    near, far = [], []
    for a in range(graph.nodes):
        for b in range(a + 1, graph.nodes):
            (near if (a, b) in joined else far).append(float((means[a] - means[b]).norm()))
    expected = (sum(near) / len(near)) / (sum(far) / len(far))
    assert shape_statements.nearness_of_joined(SET) == pytest.approx(expected, rel=1e-4)
    assert shape_statements.carved(SET) == pytest.approx(0.2, abs=1e-6)
    assert shape_statements.carved(SET, "shuffled") == 0


def test_a_graph_in_two_parts():
    members = torch.tensor([[0, 0], [0, 1], [1, 2], [1, 3], [2, 4]])
    two = KernelCloud(**{**vars(SET.cloud), "members": members, "edges": torch.zeros(0, 2, dtype=torch.long)})
    one = KernelCloud(**{**vars(SET.cloud), "members": members, "edges": torch.tensor([[0, 1]])})
    assert shape_statements.in_two_parts(KernelSet(**{**vars(SET), "cloud": two}))
    assert not shape_statements.in_two_parts(KernelSet(**{**vars(SET), "cloud": one}))
    assert [shape_statements.parts(KernelSet(**{**vars(SET), "cloud": each})) for each in (two, one)] == [3, 2]


def test_directions():
    evenly = (torch.arange(1_600) + 0.5) * 2 * math.pi / 1_600
    assert shape_statements.emptiest_sector(evenly) == pytest.approx(1)
    assert shape_statements.along_the_grid(evenly) == pytest.approx(0.5)
    upright = torch.tensor([0.1, math.pi / 2, -0.1, math.pi])
    assert shape_statements.along_the_grid(upright) == 1
    assert shape_statements.like_directions(upright, upright)[0] == pytest.approx(1)
    assert shape_statements.like_directions(evenly, upright) == (0, 0)


def test_coverage_of_even_and_of_equal_kernels():
    even = gaussian(400, 9, seed=5, name="even")
    one = made("b")
    spread = KernelSet(**{**vars(one), "everything": even})
    narrow = KernelSet(**{**vars(one), "everything": even[:1].expand(400, -1)})
    assert shape_statements.coverage(spread, 0) == pytest.approx(1, abs=0.2)
    assert shape_statements.coverage(narrow, 0) < 0.05


def test_kernels_that_tell_their_layer():
    first = made("first")
    other = KernelSet(
        **{**vars(first), "branch": made("second").branch, "everything": gaussian(600, 9, seed=0, name="x")}
    )
    right, permuted = shape_statements.told_by_kernels([first, other], 0)
    assert min(right) > 0.8
    assert max(permuted) < 0.7


def test_columns_by_loops():
    found = shape.values([SET], 0)
    for unit in range(UNITS):
        own = [k for k, number in enumerate(SET.cloud.core.tolist()) if number // CHANNELS == unit]
        assert found["core_share"][unit].item() == pytest.approx(len(own) / CHANNELS)
        if len(own) > 1:
            angles = SET.cloud.angle[own]
            length = math.hypot(float(angles.cos().mean()), float(angles.sin().mean()))
            assert found["ring_coherence"][unit].item() == pytest.approx(length, abs=1e-5)
    ranks = found["ring_coherence_percentile"]
    assert ((ranks >= 0) & (ranks <= 1)).all()
    assert 0.2 < float(ranks.mean()) < 0.8  # edges were drawn without regard to units


def test_graphs_to_look_into_and_figures():
    graphs = to_look_into([made("b"), SET], first="a")
    assert next(iter(graphs)).startswith("a")
    first = graphs[SET.title]
    assert first.members.sum() == len(SET.cloud.members)
    assert all(len(pictures) <= 12 for pictures in first.pictures)
    assert torch.allclose(first.pictures[0][0].flatten(), SET.core[SET.graph().points(0)].mean(dim=0), atol=1e-5)
    figures = (
        small_multiples([SET, made("b")]),
        one_kernel_per_node(SET),
        kernels_of_all([SET]),
        kernels_of_all([SET], kind="shuffled"),
        graphs_beside_circles({"a 3×3": (SET.graph(), SET.core)}, three_circles(torch.arange(6.0))),
    )
    for figure in figures:
        assert any(axis.get_title().startswith("a 3×3") for axis in figure.axes)
    graph = SET.graph()
    assert f"{graph.nodes} nodes" in figures[-1].axes[0].get_title()
    assert len(figures[-1].axes[1].artists) == 18  # six kernels on each circle


def test_settings_that_leave_no_node():
    empty = made(eps=1e-3)
    check_nodes([empty], bins=5, overlap=0.1, chosen=())
    check_nodes([SET, empty], bins=5, overlap=0.1, chosen={"bins"})
    with pytest.raises(MapperError, match=r"The cover of 5 bins with an overlap of 0\.1 leaves no node in any layer"):
        check_nodes([empty], bins=5, overlap=0.1, chosen={"bins"})


def test_digit_networks_in_claims():
    random = generator(0, "digits")
    found = DigitKernels(
        step=torch.tensor([0, 5]),
        bars=torch.rand(3, 2, 2, generator=random),
        permuted=torch.rand(3, 2, 2, generator=random),
        null=torch.rand(4, 2, generator=random),
        edge=torch.rand(3, 7, generator=random),
        untrained_edge=torch.rand(3, 7, generator=random),
        kernels=torch.rand(5, 9, generator=random),
        loss=torch.rand(4, 6, 9, generator=random),
    )
    assert over_training(found)[0]["5"] == pytest.approx(found.bars[:, 1, 0].tolist())
    assert early_losses(found)["core"] == pytest.approx(found.loss[1, :, :3].mean(dim=1).tolist())
    assert early_losses(found)["covariance"] == pytest.approx(found.loss[3, :, :3].mean(dim=1).tolist())


def test_percentiles_by_crop_by_loops():
    crops, random = len(CROPS), generator(0, "bars")
    empty = {"null": torch.zeros(0, 2), "random": torch.zeros(0, 2), "edge": torch.zeros(0)}
    empty |= {"turning": torch.zeros(0), "shuffled_turning": torch.zeros(0)}
    own = Loops(
        own=torch.rand(3, 2, generator=random),
        own_by_crop=torch.rand(crops, 3, 2, generator=random),
        null_by_crop=torch.rand(crops, 8, 2, generator=random),
        **empty,
    )
    ring = Ring(own=own, gaussian=torch.rand(9, 2), gaussian_by_crop=torch.rand(crops, 7, 2, generator=random))

    def below(values, null):
        return sum(float(one > other) for one in values for other in null) / len(values) / len(null)

    for of_nulls in (False, True):
        expected = []
        for k in range(crops):
            bars, null, gauss = own.own_by_crop[k, :, 0], own.null_by_crop[k, :, 0], ring.gaussian_by_crop[k, :, 0]
            bars, null = (null[:3], null[3:]) if of_nulls else (bars, null)
            expected.append(min(below(bars, null), below(bars, gauss)))
        assert ring.by_crop(shuffled=of_nulls) == pytest.approx(expected)
    best, best_shuffled = ring_statements.best_crops([ring])
    assert best == [max(ring.by_crop())] and best_shuffled == [max(ring.by_crop(shuffled=True))]
    trained, _ = ring_statements.by_crop([ring, ring])
    assert trained["0.3"] == [ring.by_crop()[CROPS.index(0.3)]] * 2
    rows = ring_statements.photographs_by_crop(own, Loops(**{**vars(own), "null_by_crop": ring.gaussian_by_crop}))
    assert rows[1][2] == pytest.approx(below(own.own_by_crop[2, 1:2, 0], ring.gaussian_by_crop[2, :, 0]))
    assert ring_statements.crop_table({"a": ring}).splitlines()[2].startswith("| a | ")
    said = ring_statements.sampling({"a": (900, 300, 33), "b": (50_000, 1_000, 15)})
    assert "15 of 1,000 kernels of b are 1.5%, and 100 of its 50,000 are 0.20%" in said
    assert len(ring_statements.summary({"a": ring}, {"a": (900, 300, 15)}).splitlines()) == 3


def a_grid(edges, shuffled_edges):
    rising = torch.tensor([1.0, 2, 3])
    names = ("spread_by_overlap", "nodes_by_bins", "holes_by_least", "edges_by_eps")
    tuned = {f"{kind}{name}": rising for kind in ("", "shuffled_") for name in names}
    tuned |= {"edges_by_overlap": torch.tensor(edges), "shuffled_edges_by_overlap": torch.tensor(shuffled_edges)}
    tables = {
        f"{kind}{name}": torch.full((3, 4, 4, 3), value)
        for kind in ("", "shuffled_")
        for name, value in (("circle", 1), ("rank", 5), ("loops", 2))
    }
    return MapperGrid(**tuned, **tables, clusterer_circle=torch.tensor([True]), halves=torch.zeros(1))


def test_rules_for_tuning_in_graphs_of_both():
    alike, not_alike = a_grid([1.0, 3, 2], [0.0, 0, 4]), a_grid([1.0, 3, 2], [3.0, 1, 2])
    assert shape_statements.tuning_alike([alike, not_alike]) == [1.0, 0.8]
    assert shape_statements.tuning_alike([a_grid([1.0, 1, 1], [1.0, 2, 3])]) == [0.8]
    assert "| edges | overlap, 0.05 to 0.5 | 1 to 2 | 1.5 to 3 |" in shape_statements.tuning_table([alike, not_alike])
    table = shape_statements.by_crop([alike]).splitlines()
    assert table[2] == "| 10% | 0.5 | 100% | 100% | 2.0 | 2.0 | 5.0 | 5.0 |"
    assert len(table) == 2 + 4 * 3


def test_how_long_an_embedding_takes(monkeypatch):
    assert "is measured with more kernels" in shape_statements.embedding_time([SET])
    timed = {"embedded": torch.tensor([50, 100]), "embedding_seconds": torch.tensor([1.0, 2.0])}
    cloud = KernelCloud(**{**vars(SET.cloud), **timed})
    said = shape_statements.embedding_time([SET, KernelSet(**{**vars(SET), "cloud": cloud})])
    assert "2 s for 100 of the 600 kernels" in said and "about 0.2 min for all" in said

    given = []
    monkeypatch.setattr(kernel_clouds, "embed", lambda points, **_: given.append(len(points)))
    seconds = kernel_clouds.CloudOfLayer._embedding_seconds(
        SimpleNamespace(embedded=(20, 40), key="a"), SET.everything, 0
    )
    assert given == [20, 20, 40] and seconds.shape == (2,)
