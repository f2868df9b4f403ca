"""What the sentences on shapes are judged by, on a small set of kernels, against loops and known answers."""

import math

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import shape_statements
from helpers.studies.googlenet_neurons.columns import shape
from helpers.studies.googlenet_neurons.kernel_clouds import core, gaussian, normalised, shuffled
from helpers.studies.googlenet_neurons.kernel_directions import edge_angle, noisy_edges
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of
from helpers.studies.googlenet_neurons.kernel_rings import CROPS
from helpers.studies.googlenet_neurons.kernel_sets import KernelSet
from helpers.studies.googlenet_neurons.plots.kernel_graphs import kernels_of_all, one_kernel_per_node, small_multiples
from helpers.studies.googlenet_neurons.ring_statements import early_losses, over_training
from helpers.studies.googlenet_neurons.shape_graph import check_nodes, to_look_into
from helpers.studies.googlenet_neurons.stages.digit_kernels import DigitKernels
from helpers.studies.googlenet_neurons.stages.kernel_clouds import KernelCloud
from helpers.studies.googlenet_neurons.subject import Branch
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
    for figure in (small_multiples([SET, made("b")]), one_kernel_per_node(SET), kernels_of_all([SET])):
        assert any(axis.get_title().startswith("a 3×3") for axis in figure.axes)


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
        loss=torch.rand(3, 6, 9, generator=random),
    )
    assert over_training(found)[0]["5"] == pytest.approx(found.bars[:, 1, 0].tolist())
    assert early_losses(found)["core"] == pytest.approx(found.loss[1, :, :3].mean(dim=1).tolist())
