"""What the figures over the depth of a network show: the counts and shares they were given."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from helpers.plots.depth import along_depth, count_histograms, spread_by_layer
from helpers.plots.style import PALETTE

RANDOM = np.random.default_rng(0)
SHARES = {"three": RANDOM.random((5, 3)), "five": RANDOM.random((5, 5))}
FIGURES = {
    "histograms": lambda: count_histograms({"a": RANDOM.integers(0, 17, size=50)}, {"a": 16}, columns=2),
    "spread": lambda: spread_by_layer({"trained": SHARES["three"]}, ["a", "b", "c"], y_label="share", level=0.5),
    "along": lambda: along_depth(SHARES, y_label="share"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_readable(name, readable):
    readable(FIGURES[name]())


def test_histograms_count_every_place_once():
    counts = {"conv1_1": RANDOM.integers(0, 17, size=(5, 5)), "conv5_3": RANDOM.integers(0, 513, size=50)}
    figure = count_histograms(counts, {"conv1_1": 16, "conv5_3": 512}, columns=2)
    for axis, (name, values) in zip(figure.axes, counts.items(), strict=True):
        heights, edges, _ = axis.patches[0].get_data()
        expected = [np.sum((values > low) & (values <= high)) for low, high in itertools.pairwise(edges)]
        np.testing.assert_allclose(heights, np.array(expected) / values.size)
        assert heights.sum() == pytest.approx(1)
        assert axis.get_title() == name
        assert axis.lines[0].get_xdata() == [edges[-1] / 2 - 0.25] * 2


def test_spread_by_layer_draws_quantiles_over_images():
    shares = {"trained": RANDOM.random((21, 3)), "random": RANDOM.random((21, 3))}
    axis = spread_by_layer(shares, ["a", "b", "c"], y_label="share", level=0.5).axes[0]
    for k, values in enumerate(shares.values()):
        whole, half = axis.collections[2 * k : 2 * k + 2]
        ordered = np.sort(values, axis=0)  # of 21 values the quantiles fall on values
        for drawn, (low, high) in ((whole, (1, 19)), (half, (5, 15))):
            ends = np.array(drawn.get_segments())[:, :, 1]
            np.testing.assert_allclose(ends, ordered[[low, high]].T)
        np.testing.assert_allclose(axis.lines[k].get_ydata(), ordered[10])
        assert to_rgba(axis.lines[k].get_color()) == to_rgba(PALETTE[k])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["a", "b", "c"]


def test_networks_of_any_depth_share_one_axis():
    axis = along_depth(SHARES, y_label="share").axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0, 0.5, 1]
    assert axis.lines[1].get_xdata().tolist() == [0, 0.25, 0.5, 0.75, 1]
