"""Images are moved and paddings replaced as a slow way would do it; what is lost by cluster is counted by hand."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers.data.images import PATTERNS, open_images
from helpers.studies.googlenet_neurons.ablation import groups, moves, statements
from helpers.studies.googlenet_neurons.ablation.groups import Group
from helpers.studies.googlenet_neurons.ablation.passes import Ablated, in_layers
from helpers.studies.googlenet_neurons.columns import ablation as columns
from helpers.studies.googlenet_neurons.subject import subject

RANDOM = torch.Generator().manual_seed(0)
NAN = torch.nan


@pytest.mark.parametrize(("size", "step"), [(224, 32), (128, 32), (64, 16), (32, 8)])
def test_images_move_to_the_right_and_down_and_a_mirrored_rim_comes_in(size, step):
    images = torch.rand(1, 3, size, size, generator=RANDOM)
    found = moves.shifted(images)
    assert moves.step_of(size) == step and found.shape == images.shape
    assert torch.equal(found[..., step:, step:], images[..., :-step, :-step])
    assert torch.equal(found[..., step - 1, step:], images[..., 1, :-step])


def test_copies_are_what_a_convolution_of_a_padded_map_gives():
    network = nn.Sequential(nn.Conv2d(2, 3, 5, padding=2), nn.Conv2d(3, 1, 1))
    x = torch.rand(2, 2, 9, 7, generator=RANDOM)
    usual = network(x)
    with moves.copied(network, ["0"]):
        found = network(x)
    inner = functional.conv2d(functional.pad(x, (2, 2, 2, 2), mode="replicate"), network[0].weight, network[0].bias)
    assert torch.allclose(found, network[1](inner), atol=1e-6)
    assert torch.equal(network(x), usual) and not torch.allclose(found, usual)


def test_answers_are_those_of_a_network_without_these_weights():
    seen = subject({"model": "googlenet", "layer": "mixed3a,mixed5b"})
    images = open_images(PATTERNS, size=48).choose(5, seed=0)
    branch = seen.kernel_sets()[0]
    group = Group(0, 0, -1, -1, seen.places(branch).start + torch.arange(6))
    labels = torch.arange(5)
    recipe = moves.Moves(key="moved", described={}, seen=seen, images=images, labels=labels, groups=[group])
    _, found = recipe.train(seeds=[0], device=torch.device("cpu"))
    assert found.draw.tolist() == [moves.WHOLE, -1] and found.label.tolist() == labels.tolist()
    without = copy.deepcopy(seen.loaded.network)
    layer = without.get_submodule(branch.convolution)
    assert in_layers(seen, group.units)["mixed3a"].tolist() == [branch.first + k for k in range(6)]
    layer.weight.data[:6], layer.bias.data[:6] = 0, 0
    (batch,) = images.batches(5, progress=False)
    for row, network in enumerate((seen.loaded.network, without)):
        for other in seen.kernel_sets():
            padded = network.get_submodule(other.convolution)
            assert padded.padding_mode == "zeros"
        for version, x in enumerate((batch.x, moves.shifted(batch.x))):
            expected = network(seen.loaded.preprocessing(x)).argmax(1)
            assert torch.equal(found.answer[row, version], expected)
        with moves.copied(network, [other.convolution for other in seen.kernel_sets()]):
            expected = network(seen.loaded.preprocessing(batch.x)).argmax(1)
        assert torch.equal(found.answer[row, 2], expected)


def test_firm_answers_are_those_to_the_image_as_it_is():
    answer = torch.tensor([[[1, 2], [1, 3], [1, 2]], [[1, 2], [0, 2], [1, 0]], [[5, 5], [5, 5], [5, 0]]])
    found = moves.Moved(draw=torch.tensor([moves.WHOLE, -1, 0]), answer=answer, label=torch.tensor([1, 3]))
    firm = statements.steady(found, moves.SHIFTED)
    assert {name: values.tolist() for name, values in firm.items()} == {"whole": [1, 0], "own": [0, 1], "like": [1, 1]}
    assert statements.right(found, moves.SHIFTED)["whole"].tolist() == [1, 1]
    assert statements.changed_in_parts(found, parts=2) == [0, 0]  # copies change no answer of the whole network


def ablated(right, draw, units, kind):
    count = len(right)
    return Ablated(
        kind=torch.full((count,), groups.KINDS.index(kind)),
        member=torch.tensor([0, 0, 1, 1][:count]),
        branch=torch.zeros(count, dtype=torch.long),
        draw=torch.tensor(draw),
        how=torch.zeros(count, dtype=torch.long),
        size=torch.tensor(units).sum(1),
        units=torch.tensor(units).bool(),
        right=torch.tensor(right),
        sure=torch.zeros(count, 4),
        same=torch.zeros(count, 4),
        known=torch.ones(4, dtype=torch.bool),
        whole=torch.ones(4, dtype=torch.bool),
        whole_sure=torch.zeros(4),
    )


def test_a_unit_has_the_loss_of_its_cluster_and_its_place_among_the_controls():
    right = [[1.0, 0, 0, 1], [1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1]]
    units = [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1]]
    clusters = ablated(right, [-1, 0, -1, 0], units, groups.CLUSTER)
    by_score = ablated(right[:2], [-1, 0], units[:2], groups.BORDER)
    found = columns.of_units(by_score, clusters)
    assert found["ablated_in"] == [groups.BORDER, None, None, None, None]
    assert found["ablated_loss"].tolist() == pytest.approx([0.5, NAN, NAN, NAN, NAN], nan_ok=True)
    assert found["ablated_percentile"].tolist() == pytest.approx([1, NAN, NAN, NAN, NAN], nan_ok=True)
    assert found["ablated_cluster_loss"].tolist() == pytest.approx([0.5, 0, NAN, NAN, NAN], nan_ok=True)
    assert found["ablated_cluster_percentile"].tolist() == pytest.approx([1, 0, NAN, NAN, NAN], nan_ok=True)


def test_a_unit_has_the_mean_loss_of_its_groups_by_score_each_beside_those_like_it():
    right = [[1.0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    units = [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]]
    found = ablated(right, [-1, 0, 1, -1], units, groups.BORDER)
    found.kind[3] = groups.KINDS.index(groups.COLOURED)
    alone = statements.of_scores(found, [groups.BORDER])
    assert alone["loss"].tolist() == pytest.approx([0.5, 0.5, NAN, NAN], nan_ok=True)
    assert alone["percentile"].tolist() == pytest.approx([0.5, 0.5, NAN, NAN], nan_ok=True)
    both = statements.of_scores(found, [groups.BORDER, groups.COLOURED])
    assert both["loss"].tolist() == pytest.approx([(0.5 + 0.75) / 2, 0.5, NAN, NAN], nan_ok=True)
    assert both["percentile"].tolist() == pytest.approx([0.5, 0.5, NAN, NAN], nan_ok=True)  # none is like the second


def test_the_mean_is_compared_on_the_images_that_it_was_tried_on():
    found = ablated([[0.0, 0, 1, 1], [1, 0, NAN, NAN]], [-1, -1], [[1, 0]] * 2, groups.BORDER)
    found.member, found.how = torch.zeros(2, dtype=torch.long), torch.tensor([0, 1])
    assert statements.mean_minus_zero(found) == [0.5]
