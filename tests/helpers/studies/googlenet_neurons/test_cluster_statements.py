from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.metrics.clusters import adjusted_rand_index
from helpers.studies.googlenet_neurons import cluster_statements as statements
from helpers.studies.googlenet_neurons import unit_clusters
from helpers.studies.googlenet_neurons.cluster_readings import READINGS
from helpers.studies.googlenet_neurons.cluster_sets import KernelSet
from helpers.studies.googlenet_neurons.columns.clusters import of_clusters, share_below
from helpers.studies.googlenet_neurons.plots import clusters as drawn
from helpers.studies.googlenet_neurons.stated_characters import CHARACTERS, Character, largest_share, shows
from helpers.studies.googlenet_neurons.stated_sizes import SIZES
from helpers.studies.googlenet_neurons.subject import Branch

UNITS, STARTS, DRAWS, FEW = 12, 2, 3, 1


@pytest.fixture
def clustered() -> statements.Clustered:
    """A set of 12 kernels with random partitions, as a stage would leave them."""
    random = torch.Generator().manual_seed(0)
    shape = (3, len(READINGS), DRAWS, UNITS)
    again = torch.full(shape, -1, dtype=torch.int32)
    again[0, :, :FEW] = 0

    def label(*size: int) -> torch.Tensor:
        return torch.randint(3, size, generator=random, dtype=torch.int32)

    def normal(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=random)

    made = unit_clusters.KernelClusters(
        label=label(len(READINGS), STARTS, UNITS),
        embedding=normal(len(unit_clusters.PLACED), STARTS, UNITS, 2),
        control_label=label(*shape),
        control_again=again,
        control_embedding=normal(3, DRAWS, UNITS, 2),
        control_silhouette=normal(*shape) / 10,
        whole_silhouette=normal(4, len(READINGS), FEW) / 10,
        bootstrap=normal(len(READINGS), FEW),
        neighbours=normal(3),
        gamma=normal(6, 2),
        affinity=normal(4),
        gap=normal(8),
        gap_error=normal(8),
        bar=torch.tensor(0.5),
        control_bar=normal(3, DRAWS),
        seconds=normal(6),
        kept=normal(6),
        planted=normal(2),
    )
    branch = Branch(block="mixed4a", name="3x3", layer="a", convolution="a", size=(3, 3), first=0, units=UNITS)
    own = KernelSet(branch=branch, kernels=normal(UNITS, 4, 3, 3), clusters=3, neighbours=5)
    return statements.Clustered(set=own, made=made, seed=0)


def test_agreement_is_that_of_all_pairs(clustered: statements.Clustered) -> None:
    own = clustered.made.label[READINGS.index("printed")].long()
    assert clustered.starts_agree("printed") == pytest.approx(adjusted_rand_index(own[0], own[1]))
    assert clustered.few == FEW
    expected = adjusted_rand_index(clustered.control_label("random", "rows"), torch.zeros(UNITS, dtype=torch.long))
    assert clustered.random_starts_agree("rows") == pytest.approx(expected)
    table = statements.readings_agree(clustered)
    pairs = [("averages", "averages precomputed"), ("embedded", "embedded precomputed")]
    slow = [adjusted_rand_index(clustered.label(a), clustered.label(b)) for a, b in pairs]
    assert statements.precomputed_agrees(clustered) == pytest.approx(np.mean(slow))
    assert table[0, 3] == pytest.approx(adjusted_rand_index(clustered.label("rows"), clustered.label("embedded")))


def test_a_set_stands_beside_the_draws_of_its_controls(clustered: statements.Clustered) -> None:
    own = float(clustered.silhouettes().mean())
    means = clustered.made.control_silhouette[1, READINGS.index(statements.TOLD)].mean(dim=1)
    assert clustered.beyond("shuffled") == pytest.approx(sum(float(mean) < own for mean in means) / DRAWS)
    means = clustered.made.whole_silhouette[3, READINGS.index("embedded")]
    own = float(clustered.silhouettes("embedded").mean())
    assert clustered.beyond("channels", "embedded") == (float(means[0]) < own)
    low = replace(
        clustered,
        made=replace(
            clustered.made,
            whole_silhouette=torch.full_like(clustered.made.whole_silhouette, -2),
            control_silhouette=torch.full_like(clustered.made.control_silhouette, -2),
        ),
    )
    assert low.beyond_all("embedded") and low.beyond_all(statements.TOLD)
    low.made.whole_silhouette[3] = 2
    assert not low.beyond_all("embedded") and low.beyond_all(statements.TOLD)
    columns = of_clusters([clustered])
    assert all(len(values) == UNITS for values in columns.values())
    below = share_below(torch.tensor([0.5, -1.0]), torch.tensor([0.1, 0.7, 0.2, 0.5]))
    assert below.tolist() == [0.5, 0]


def test_the_nearest_reading_counts(clustered: statements.Clustered) -> None:
    shares = statements.as_tensor([0.5, 0.3, 0.2])
    own, drawn_ = clustered.nearest_sizes(shares)
    slow = []
    for start in range(STARTS):
        far = []
        for reading in statements.STUDYS:
            counts = np.sort(np.bincount(clustered.label(reading, start)) / UNITS)[::-1]
            far.append(np.abs(np.pad(counts, (0, 3 - len(counts))) - shares.numpy()).sum() / 2)
        slow.append(min(far))
    np.testing.assert_allclose(own, slow, rtol=1e-6)
    assert len(drawn_) == FEW


def test_patterns_of_signs() -> None:
    kernels = torch.tensor([[-1.0, -1, -1, 1, 1, 1, 1, 1, 1], [1.0, -1, -1, 1, 1, 1, 1, 1, 1], [-1.0] * 9])
    assert shows(kernels, ("--- ... ...",)).tolist() == [True, False, True]
    assert shows(kernels, ("--- .+. ...",)).tolist() == [True, False, False]
    assert shows(kernels, ("--- +++ ...",)).tolist() == [True, True, False]  # five in six
    assert shows(kernels, ("... .+. ...", "... .-. ...")).all()


def test_a_place_that_a_description_names_must_have_its_sign() -> None:
    positive, negative = torch.ones(9), torch.ones(9)
    negative[4] = -1
    both = torch.stack([positive, negative])
    assert shows(both, (".+. +-+ .+.",)).tolist() == [True, True]  # four in five
    assert shows(both, (".+. +N+ .+.",)).tolist() == [False, True]
    assert shows(-both, ("-.- .P. -.-",)).tolist() == [False, True]
    assert shows(torch.zeros(1, 9), ("... .N. ...",)).tolist() == [False]


def test_only_clusters_of_some_size_have_a_character() -> None:
    shown = torch.tensor([True, False, True, True, True])
    label = torch.tensor([0, 0, 0, 1, 1])
    assert largest_share(shown, label, 2) == 1
    assert largest_share(shown, label, 3) == pytest.approx(2 / 3)
    assert largest_share(shown, label, 4) == 0
    assert Character("mixed3a 3×3", 0, ()).least(128) == 27.5
    assert Character("mixed3a 3×3", 1, ()).least(128) == 3


def test_every_description_has_as_many_signs_as_its_kernels() -> None:
    for each in CHARACTERS:
        positions = 9 if "3×3" in each.set else 25
        assert {len(pattern.replace(" ", "")) for pattern in each.patterns} == {positions}
        assert each.number < len(SIZES[each.set])


def test_a_character_stands_beside_random_groups_and_shuffled_kernels(clustered: statements.Clustered) -> None:
    character = Character("mixed4a 3×3", 0, ("... .+. ...",))
    found = statements.by_character({"mixed4a 3×3": clustered}, character)
    shown = (clustered.set.kernels.mean(dim=1)[:, 1, 1] > 0).numpy()
    slow = []
    for reading in ("averages", "averages embedded"):
        label = clustered.label(reading, 1).numpy()
        slow += [shown[label == k].mean() for k in range(3) if (label == k).sum() >= character.least(UNITS)]
    assert found.own[1] == pytest.approx(max(slow))
    assert len(found.grouped) == len(found.shuffled) == STARTS
    assert found.floor[0] == max(found.grouped[0], found.shuffled[0])


def test_followers_of_a_majority() -> None:
    raw = torch.tensor([[1.0] * 5, [1.0] * 4 + [-1], [1.0] * 2 + [-1] * 3, [-1.0] * 5])
    assert statements.share_of_followers(raw, torch.tensor([0, 0, 0, 1])) == pytest.approx(0.75)
    label = torch.tensor([0, 0, 0, 1])
    assert statements.share_of_followers(raw, label, 1.0) == pytest.approx(0.5)
    shares = [statements.share_of_followers(raw, torch.tensor(order)) for order in ([0, 0, 1, 0], [0, 1, 0, 0])]
    assert 0 <= statements.in_random_groups(raw, label, seed=0) <= max(1.0, *shares)


def test_the_variation_by_depth_is_a_mean_over_the_sets(clustered: statements.Clustered) -> None:
    own, random = statements.variation_by_depth([clustered, clustered])
    assert own["1"] == pytest.approx(clustered.variations[0])
    assert random["1"] == pytest.approx(clustered.variations[1][:STARTS])


def test_random_weights_have_distances_of_one_size(clustered: statements.Clustered) -> None:
    kernels = torch.randn(30, 100, 3, 3, generator=torch.Generator().manual_seed(0))
    kernels[::2, :50] += 2
    random, own = statements.spreads(replace(clustered, set=replace(clustered.set, kernels=kernels)))
    assert random < 0.02 < own


def test_figures_have_a_panel_for_each_part(clustered: statements.Clustered) -> None:
    plane, label = clustered.plane(), clustered.label()
    one = drawn.Embedded("a", plane, label, plane, label, trees=(_tree(), _tree()), clusters=3, steps=(3, 2))
    axes = drawn.embeddings([one, one]).axes
    assert len(axes) == 8
    for axis, step in ((axes[1], 3), (axes[7], 2)):
        line = axis.get_lines()[-1].get_ydata()[0]
        assert sum(height > line for height in _tree()[:, 2]) == 2  # the cut undoes two merges: three clusters
        assert axis.get_title() == f"cut at 3,\nwidest step at {step}"
    sizes = [text.get_text() for text in axes[4].get_legend().get_texts()]
    assert sizes == [f"{k}: {int((label == k).sum())}" for k in label.unique().tolist()]
    pictures = {"0: 4": torch.full((3, 2, 2), 1.0), "1: 8": torch.full((3, 2, 2), -2.0)}
    left = drawn.kernels_of_clusters({"a": pictures}).axes[0].images[0]
    row = [1, 1, np.nan, -2, -2]
    np.testing.assert_array_equal(
        np.ma.filled(left.get_array().astype(float), np.nan), [row, row, [np.nan] * 5, row, row]
    )
    assert left.get_clim() == (-2, 2)
    marks = {"b": [0.1, 0.9]}
    assert (
        drawn.which_are_real(["x", "y"], [0.1, 0.2], {"c": np.zeros((2, 3))}, marks).axes[1].texts[1].get_text()
        == "0.90"
    )
    assert [
        label.get_text()
        for label in drawn.beside_controls(["x", "y"], [0, 1], {"c": [[0, 1], [1, 2]]}, x_label="v")
        .axes[0]
        .get_yticklabels()
    ] == ["x", "y"]


def _tree() -> np.ndarray:
    from helpers.metrics.clusters import ward_tree

    return ward_tree(torch.arange(12.0)[:, None] ** 2)
