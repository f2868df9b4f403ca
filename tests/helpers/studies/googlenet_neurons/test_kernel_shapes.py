"""Clouds of kernels, their directions, graphs and loops, against slow and obvious ways."""

import math

import numpy as np
import pytest
import torch

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import kernel_clouds, kernel_rings, mapper_grid, natural_patches
from helpers.studies.googlenet_neurons.columns import shape
from helpers.studies.googlenet_neurons.digit_networks import followed, he_kernels, like_he
from helpers.studies.googlenet_neurons.kernel_directions import doubled_line_angle, edge_angle, noisy_edges, turns_with
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of, loops_of, radius_for, reads_as_circle
from helpers.studies.googlenet_neurons.kernel_phases import phase_angle, turns_with_phase
from helpers.studies.googlenet_neurons.ring_statements import dominance
from helpers.studies.googlenet_neurons.three_circles import noisy_circles, three_circles
from helpers.studies.googlenet_neurons.topology.angles import turning_together
from helpers.studies.googlenet_neurons.topology.homology import landmarks
from helpers.studies.googlenet_neurons.topology.mapper import Graph, cycle_rank

WEIGHTS = torch.randn(4, 5, 3, 3, generator=generator(0, "weights"))


def test_normalised_kernels():
    weights = WEIGHTS.clone()
    weights[1, 2] = 0.3  # constant
    cloud = kernel_clouds.normalised(weights)
    assert (cloud.constant, len(cloud.points)) == (1, 19)
    for point, number in zip(cloud.points, cloud.number.tolist(), strict=True):
        kernel = weights[number // 5, number % 5].numpy()
        np.testing.assert_allclose(point, ((kernel - kernel.mean()) / kernel.std()).ravel(), atol=1e-5)
    with pytest.raises(kernel_clouds.KernelError, match="Each of 20 kernels has equal values"):
        kernel_clouds.normalised(torch.ones(4, 5, 3, 3))


def test_shuffled_kernels_keep_their_values():
    points = kernel_clouds.normalised(WEIGHTS).points
    mixed = kernel_clouds.shuffled(points, seed=0, name="a layer")
    assert torch.equal(mixed.sort(dim=1).values, points.sort(dim=1).values)
    assert not torch.equal(mixed, points)
    assert torch.equal(mixed, kernel_clouds.shuffled(points, seed=0, name="a layer"))


def test_gaussian_kernels_are_normalised():
    points = kernel_clouds.gaussian(50, 25, seed=0, name="null")
    assert torch.allclose(points.norm(dim=1), torch.tensor(kernel_clouds.norm_of(25)))
    assert torch.allclose(points.mean(dim=1), torch.zeros(50), atol=1e-6)


def test_neighbours_that_suit_a_set():
    assert kernel_clouds.neighbours_for(10_000, 0, of="a layer") == 100
    assert kernel_clouds.neighbours_for(78, 0, of="a layer") == 39
    assert kernel_clouds.neighbours_for(78, 77, of="a layer") == 77
    with pytest.raises(kernel_clouds.KernelError, match="mixed3a_5x5 has 78 kernels, too few for 100 neighbours"):
        kernel_clouds.neighbours_for(78, 100, of="mixed3a_5x5")


def test_directions_by_sums_over_the_kernel():
    points = kernel_clouds.normalised(torch.randn(6, 1, 5, 5, generator=generator(0, "kernels"))).points
    for k, point in enumerate(points.reshape(6, 5, 5)):
        rise = [sum(float(point[r, c]) * (r, c)[axis] for r in range(5) for c in range(5)) for axis in (0, 1)]
        assert math.cos(float(edge_angle(points, (5, 5))[k]) - math.atan2(*rise)) == pytest.approx(1, abs=1e-4)
    level = torch.tensor([[-1.0, -1, -1], [2, 2, 2], [-1, -1, -1]])
    line = torch.stack([level.flatten(), level.T.flatten()])
    assert doubled_line_angle(line, (3, 3)).cos().tolist() == pytest.approx([1, -1])
    assert edge_angle(torch.tensor([[-1.0, 0, 1] * 3]), (3, 3)).item() == pytest.approx(0)


def test_phase_of_bars_that_shift():
    phase = torch.arange(12) * 2 * math.pi / 12
    across = torch.tensor([-1.0, 0, 1]) / 2**0.5, torch.tensor([1.0, -2, 1]) / 6**0.5
    profile = phase.sin()[:, None] * across[0] + phase.cos()[:, None] * across[1]
    level = profile[:, :, None].expand(-1, 3, 3).flatten(1)
    upright = profile[:, None, :].expand(-1, 3, 3).flatten(1)
    for points, along in ((level, False), (upright, True)):
        found = phase_angle(points, (3, 3), along_rows=along)
        assert torch.allclose((found - phase).cos(), torch.ones(12), atol=1e-5)
        assert turns_with_phase(phase, points, (3, 3)) == pytest.approx(1, abs=1e-5)
    fine = torch.arange(1_000) * 2 * math.pi / 1_000 + 1e-3
    flips = torch.where(fine.sin() > 0, math.pi / 2, -math.pi / 2)
    assert turning_together(fine, flips) == pytest.approx(2 / math.pi, abs=1e-2)  # edges that flip, and do not turn


def test_noisy_edges_turn_with_their_own_direction():
    points = noisy_edges(500, (3, 3), noise=0.1, seed=0)
    assert turns_with(edge_angle(points, (3, 3)), points, (3, 3)) == pytest.approx(1)
    assert torch.allclose(points.norm(dim=1), torch.tensor(3.0), atol=1e-4)
    assert turns_with(kernel_rings.loop_of(points, most=60).angle, points, (3, 3)) > 0.95


def test_a_known_circle_reads_as_one():
    points = noisy_edges(1_500, (3, 3), noise=0.1, seed=0)
    graph = graph_of(points, clusterer=dbscan(0.5))
    assert reads_as_circle(graph)
    half = points[edge_angle(points, (3, 3)) > 0]
    assert not reads_as_circle(graph_of(half, clusterer=dbscan(0.5)))
    empty = graph_of(points[:20], clusterer=dbscan(1e-3))
    assert (empty.nodes, empty.holes, loops_of(empty), reads_as_circle(empty)) == (0, 1, 0, False)


def test_radius():
    points = kernel_clouds.gaussian(200, 9, seed=0, name="points")
    assert radius_for(points, 0.0, studys=True) == 0.5
    assert radius_for(points, 0.2, studys=True) == pytest.approx(0.6)
    third = torch.cdist(points, points).sort(dim=1).values[:, 3]
    assert radius_for(points, 0.0, studys=False) == pytest.approx(float(third.median()), rel=1e-4)


def test_spread_in_nodes_by_a_loop():
    points = kernel_clouds.gaussian(6, 9, seed=0, name="points")
    graph = Graph(members=torch.tensor([[0, 0], [0, 1], [1, 1], [1, 4], [1, 5]]), edges=torch.tensor([[0, 1]]))
    squares = []
    for node in ((0, 1), (1, 4, 5)):
        mean = points[list(node)].mean(dim=0)
        squares += [float((points[k] - mean).square().sum()) for k in node]
    assert mapper_grid.spread_in_nodes(graph, points) == pytest.approx(math.sqrt(np.mean(squares)) / 3, rel=1e-4)
    assert cycle_rank(graph) == 0


def test_tuning_has_a_value_for_each_setting():
    found = mapper_grid.tuning(noisy_edges(60, (3, 3), noise=0.2, seed=0), 0.8)
    assert {name: len(values) for name, values in found.items()} == {
        "edges_by_overlap": 5,
        "spread_by_overlap": 5,
        "nodes_by_bins": 5,
        "holes_by_least": 4,
        "edges_by_eps": 5,
    }
    assert found["holes_by_least"].diff().min() >= 0


def test_the_grid_by_scikit_learns_dbscan():
    cores = {kept: noisy_edges(count, (3, 3), noise=0.2, seed=0) for kept, count in ((0.1, 60), (0.3, 120))}
    found = mapper_grid.on_grid(cores, 0.6)
    shape = [len(mapper_grid.GRID_FACTORS), 2, len(mapper_grid.GRID_BINS), len(mapper_grid.GRID_OVERLAPS)]
    assert all(list(table.shape) == shape for table in found.values())
    for factor, kept, bins, overlap in ((0, 0, 1, 0), (1, 1, 1, 1), (2, 1, 0, 2)):
        graph = graph_of(
            list(cores.values())[kept],
            bins=mapper_grid.GRID_BINS[bins],
            overlap=mapper_grid.GRID_OVERLAPS[overlap],
            clusterer=dbscan(0.6 * mapper_grid.GRID_FACTORS[factor]),
        )
        at = (factor, kept, bins, overlap)
        expected = {"circle": int(reads_as_circle(graph)), "rank": cycle_rank(graph), "loops": loops_of(graph)}
        assert {name: int(table[at]) for name, table in found.items()} == expected


def test_several_crops_of_one_cloud():
    points = noisy_edges(200, (3, 3), noise=0.2, seed=0)
    found = kernel_rings.spread_cores(points, neighbours=10, shares=(0.3, 1.0), most=25)
    for kept in (0.3, 1.0):
        left = points[kernel_clouds.core(points, neighbours=10, kept=kept)]
        assert torch.equal(found[kept], left[landmarks(left, count=25)] / 3)
        assert torch.equal(found[kept], kernel_rings.spread_core(points, neighbours=10, kept=kept, most=25))


def test_kernels_on_three_circles():
    angle = torch.arange(12) * 2 * math.pi / 12
    circles = three_circles(angle)
    for name, circle in circles.items():
        assert torch.allclose(circle.kernels.norm(dim=1), torch.full((12,), 3.0), atol=1e-5), name
        assert torch.allclose(circle.kernels.mean(dim=1), torch.zeros(12), atol=1e-6), name
    away = edge_angle(circles["directions"].kernels, (3, 3)) - angle
    assert torch.allclose(away.cos(), torch.ones(12), atol=1e-5)
    for name, along, meets in (("upright bars", True, 0), ("level bars", False, 3)):
        away = phase_angle(circles[name].kernels, (3, 3), along_rows=along) - angle
        assert torch.allclose(away.cos(), torch.ones(12), atol=1e-5)
        for bar, edge in ((3, meets), (9, meets + 6)):  # phases of edges; the directions across these bars
            for field in ("kernels", "places"):
                same = getattr(circles[name], field)[bar], getattr(circles["directions"], field)[edge]
                assert torch.allclose(*same, atol=1e-5)
    noisy = noisy_circles(30, noise=0.01, seed=0)
    fine = three_circles(torch.arange(720) * 2 * math.pi / 720)
    nearest = torch.cdist(noisy, torch.cat([circle.kernels for circle in fine.values()])).min(dim=1).values
    assert float(nearest.max()) < 0.3


def test_percentiles_and_bars():
    null = torch.tensor([1.0, 2, 2, 3])
    assert kernel_rings.percentile(torch.tensor([0.0, 2, 5]), null).tolist() == [0, 0.5, 1]
    assert dominance(torch.tensor([[1.0, 0.5], [1, 0.25]])) == 3
    assert kernel_rings.sample_size(512, most=800) == (384, 75)
    assert kernel_rings.sample_size(73_728, most=800) == (800, 15)


def test_patches_are_normalised_and_have_most_contrast():
    patches = natural_patches.natural_patches(40, side=3, seed=0, name="a")
    assert patches.shape == (40, 9)
    assert torch.allclose(patches.norm(dim=1), torch.tensor(3.0), atol=1e-4)


def test_digit_networks_learn_as_each_would_alone():
    x, label = torch.rand(30, 8, 8, generator=generator(0, "x")), torch.arange(30) % 10
    settings = dict(steps=6, batch=8, records=[0, 6], learning_rate=0.05, seed=0)
    both = followed(he_kernels(2, 3, seed=0), x, label, **settings)
    assert torch.equal(both.kernels[0], he_kernels(2, 3, seed=0))
    assert both.loss.shape == (2, 6)
    kernels = he_kernels(2, 3, seed=0)[1].reshape(3, 1, 3, 3).clone().requires_grad_()
    inner = 3 * 3 * 3
    dense = (torch.randn(2, inner, 10, generator=generator(0, "dense")) / inner**0.5)[1].requires_grad_()
    bias, offset = torch.zeros(3, requires_grad=True), torch.zeros(10, requires_grad=True)
    optimiser = torch.optim.SGD([kernels, dense, bias, offset], lr=0.05, momentum=0.9)
    random, losses = generator(0, "batches"), []
    for _ in range(6):
        chosen = torch.randint(30, (8,), generator=random)
        maps = torch.conv2d(x[chosen, None], kernels, bias).relu()
        logits = torch.max_pool2d(maps, 2).flatten(1) @ dense + offset
        loss = torch.nn.functional.cross_entropy(logits, label[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert both.loss[1].tolist() == pytest.approx(losses, rel=1e-4)
    assert torch.allclose(both.kernels[1, 1].reshape(3, 1, 3, 3), kernels.detach(), atol=1e-5)


def test_kernels_to_start_with_have_he_norms():
    given = kernel_clouds.normalised(WEIGHTS).points
    start, he = like_he(given, 2, 3, seed=0), he_kernels(2, 3, seed=0)
    assert torch.allclose(start.norm(dim=2), he.norm(dim=2), rtol=1e-5)
    directions = torch.nn.functional.normalize(start.flatten(0, 1), dim=1)
    assert (directions @ torch.nn.functional.normalize(given, dim=1).T).max(dim=1).values.tolist() == pytest.approx(
        [1] * 6, abs=1e-5
    )


def test_columns_are_described():
    assert set(shape.COLUMNS) == {
        "core_share",
        "core_share_percentile",
        "ring_coherence",
        "ring_coherence_percentile",
    }
