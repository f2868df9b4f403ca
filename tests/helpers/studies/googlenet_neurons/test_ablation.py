"""Units are taken out where they lie, and what is lost is what a whole run of the changed network loses."""

import copy
from dataclasses import replace

import pytest
import torch
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score
from torch import nn

from helpers.data.images import PATTERNS, open_images
from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.ablation import groups, statements
from helpers.studies.googlenet_neurons.ablation.groups import Group
from helpers.studies.googlenet_neurons.ablation.passes import (
    MEAN,
    ZERO,
    Ablations,
    Condition,
    NoAnswers,
    in_layers,
    labels_of,
)
from helpers.studies.googlenet_neurons.ablation.tails import Fixed, answers, fixed, tail
from helpers.studies.googlenet_neurons.subject import subject

RANDOM = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def seen():
    return subject({"model": "googlenet", "layer": "auto"})


def without(network, convolutions):
    """A copy of the network in which units have no weights and no bias: the slow way to set them to zero."""
    other = copy.deepcopy(network)
    for name, units in convolutions.items():
        layer = other.get_submodule(f"{name}_pre_relu")
        layer.weight.data[units], layer.bias.data[units] = 0, 0
    return other


def test_the_tail_gives_what_the_network_gives(seen):
    network, x = seen.loaded.network, torch.rand(2, 3, 64, 64, generator=RANDOM)
    for layer in ("mixed3a", "mixed5b"):
        with torch.no_grad(), record(network, [layer]) as outputs:
            whole = network(x)
        behind = tail(network, layer)
        assert behind is not None and torch.allclose(behind(outputs[layer]), whole, atol=1e-5)
    assert tail(nn.Sequential(nn.ReLU()), "1") is None


def test_units_at_zero_are_units_without_weights(seen):
    network, x = seen.loaded.network, torch.rand(2, 3, 64, 64, generator=RANDOM)
    three = next(each for each in seen.branches if each.layer == "mixed3a_3x3")
    five = next(each for each in seen.branches if each.layer == "mixed4c_5x5")
    units = torch.cat([seen.places(three).start + torch.tensor([1, 4]), seen.places(five).start + torch.tensor([0])])
    numbers = in_layers(seen, units)
    assert {layer: each.tolist() for layer, each in numbers.items()} == {
        "mixed3a": [three.first + 1, three.first + 4],
        "mixed4c": [five.first],
    }
    changes = {layer: Fixed(each, torch.zeros(len(each))) for layer, each in numbers.items()}
    expected = without(network, {"mixed3a_3x3": [1, 4], "mixed4c_5x5": [0]})(x)
    with record(network, ["mixed3a"]) as outputs:
        network(x)
    for behind in (tail(network, "mixed3a"), None):
        found = answers(network, behind, "mixed3a", outputs["mixed3a"], x, changes)
        assert torch.allclose(found, expected, atol=1e-5)
    with fixed(network, changes):
        pass
    with record(network, ["mixed3a"]) as after:
        network(x)
    assert torch.equal(after["mixed3a"], outputs["mixed3a"])


def test_groups_are_ends_of_scores_and_clusters_of_kernels(seen):
    index = torch.rand(seen.units, generator=RANDOM)
    index[:50] = torch.nan
    found = groups.groups_of(seen, index, seed=0)
    by_kind = {groups.KINDS[each.kind]: each for each in found if each.branch < 0}
    branch = seen.kernel_sets()[3]
    place = seen.places(branch)
    own = by_kind[groups.COLOUR_BLIND].units
    own = own[(own >= place.start) & (own < place.stop)]
    count = max(1, round(groups.SHARE * branch.units))
    assert sorted(own.tolist()) == sorted((index[place].argsort()[:count] + place.start).tolist())
    assert not bool(index[by_kind[groups.COLOURED].units].isnan().any())
    clusters = [each for each in found if each.branch >= 0]
    assert clusters and [each.member for each in clusters] == list(range(len(clusters)))
    for each in clusters:
        where = seen.places(seen.branches[each.branch])
        assert groups.FEWEST <= len(each.units) <= (where.stop - where.start) // 2
        assert bool(((each.units >= where.start) & (each.units < where.stop)).all())


def test_clusters_are_those_of_scikit_learn(seen):
    weights = seen.weights(seen.kernel_sets()[2]).double()
    scaled = (weights - weights.mean((1, 2, 3), keepdim=True)) / weights.std((1, 2, 3), correction=0, keepdim=True)
    assert groups.clusters_of(seen.kernel_sets()[0]) == 6  # table 5 of the study
    assert groups.clusters_of(replace(seen.kernel_sets()[0], name="else")) == groups.CLUSTERS
    expected = AgglomerativeClustering(4, linkage="ward").fit_predict(scaled.mean(1).flatten(1).numpy())
    assert adjusted_rand_score(groups.ward(weights.float(), 4).numpy(), expected) == pytest.approx(1)


def test_units_like_those_of_a_group_are_others_of_their_branch(seen):
    mean = torch.rand(seen.units, generator=RANDOM)
    branch = seen.kernel_sets()[0]
    start = seen.places(branch).start
    group = Group(0, 0, -1, -1, torch.arange(start, start + 4))
    first, second = groups.like(group, mean, seen, draws=2, seed=0)
    for each in (first, second):
        assert len(set(each.units.tolist())) == 4 and not set(each.units.tolist()) & set(group.units.tolist())
        assert int(each.units.min()) >= start and int(each.units.max()) < seen.places(branch).stop
        gaps = (mean[each.units].sort().values - mean[group.units].sort().values).abs()
        assert float(gaps.max()) < 0.2  # the means of some fifty units lie 0.02 apart


def test_a_pass_counts_what_the_changed_network_answers(seen):
    images = open_images(PATTERNS, size=48).choose(6, seed=0)
    labels = labels_of(images, seen.loaded.class_names, [])
    units = seen.places(seen.kernel_sets()[1]).start + torch.arange(5)
    group = Group(0, 0, -1, -1, units)
    like = group._replace(draw=0, units=units + 6)
    conditions = [Condition(each, how) for how in (ZERO, MEAN) for each in (group, like)]
    recipe = Ablations(
        key="answers", few=6, described={}, seen=seen, images=images, labels=labels, conditions=conditions
    )
    _, found = recipe.train(seeds=[0], device=torch.device("cpu"))
    (batch,) = images.batches(6, progress=False)
    x, name = seen.loaded.preprocessing(batch.x), seen.kernel_sets()[1].layer
    expected = without(seen.loaded.network, {name: list(range(5))})(x).log_softmax(1)
    assert torch.allclose(found.sure[0], expected.gather(1, labels[:, None])[:, 0], atol=1e-4)
    assert torch.equal(found.right[0] > 0, expected.argmax(1) == labels)
    assert found.units[1].nonzero().flatten().tolist() == like.units.tolist()
    pair = statements.pair(found, groups.KINDS[0], ZERO)
    assert torch.equal(statements.lost(pair), found.right[1] - found.right[0]) and pair.size == 5
    assert statements.mean_minus_zero(found) == pytest.approx(
        [float(found.right[k + 2].mean() - found.right[k].mean()) for k in range(2)]
    )
    assert statements.pair(found, groups.CLUSTER, ZERO) is None


def test_a_network_without_classes_is_one_sentence(seen):
    images = open_images(PATTERNS, size=32).choose(2, seed=0)
    features = replace(seen.loaded, network=nn.Sequential(nn.Conv2d(3, 4, 3)))
    recipe = Ablations(
        key="answers",
        few=1,
        described={},
        seen=replace(seen, loaded=features, blocks=()),
        images=images,
        labels=torch.tensor([-1, -1]),
        conditions=[],
    )
    with pytest.raises(NoAnswers, match="gives no classes, so no answer can get worse"):
        recipe.train(seeds=[0], device=torch.device("cpu"))


def test_a_group_without_others_has_none_like_it(seen):
    branch = seen.kernel_sets()[0]
    start = seen.places(branch).start
    whole = Group(0, 0, -1, -1, torch.arange(start, start + branch.units))
    (alone,) = groups.like(whole, torch.rand(seen.units, generator=RANDOM), seen, draws=1, seed=0)
    assert len(alone.units) == 0


def test_labels_are_the_numbers_of_the_outputs():
    images = open_images(PATTERNS, size=32).choose(5, seed=0)
    names = images.class_names
    assert labels_of(images, [], list(reversed(names))).tolist() == [
        len(names) - 1 - int(label) for label in images.labels
    ]
    assert labels_of(images, ["something else"], []).tolist() == [-1] * 5
