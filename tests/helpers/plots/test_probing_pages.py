"""What the figures of the pages on probing draw is what they are given."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from helpers.plots import images
from helpers.plots.conditions import by_condition
from helpers.plots.depth import along_depth, count_histograms, spread_by_layer
from helpers.plots.style import DIVERGING, PALETTE, SEQUENTIAL
from helpers.statistics.intervals import mean_interval

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.random((3, 6, 8))
FILTER = RANDOM.normal(size=(3, 6, 8))


def test_a_row_shows_image_magnitude_and_filter_each_in_its_way():
    figure = images.grid(
        {"unit 7": {"image": COLOURS, "energy": COLOURS[0], "filter": FILTER}},
        signed=["filter"],
        boxes={("unit 7", "image"): (1, 5, 2, 7)},
    )
    image, energy, filtered = (axis.images[0] for axis in figure.axes)
    np.testing.assert_array_equal(image.get_array(), COLOURS.transpose(1, 2, 0))
    np.testing.assert_array_equal(energy.get_array(), COLOURS[0])
    assert (energy.get_clim(), energy.get_cmap().name) == ((0, COLOURS[0].max()), SEQUENTIAL)
    np.testing.assert_array_equal(filtered.get_array(), FILTER.mean(axis=0))
    reach = np.abs(FILTER.mean(axis=0)).max()
    assert (filtered.get_clim(), filtered.get_cmap().name) == ((-reach, reach), DIVERGING)
    assert [axis.get_title() for axis in figure.axes] == ["image", "energy", "filter"]
    assert figure.axes[0].get_ylabel() == "unit 7"
    frames = [[patch.get_bbox().extents.tolist() for patch in axis.patches] for axis in figure.axes]
    assert frames == [[[1.5, 0.5, 6.5, 4.5]], [], []]  # encloses rows 1 to 4 and columns 2 to 6


def test_rows_with_other_names_have_their_own_titles_and_may_be_shorter():
    figure = images.grid({"a": {"1": COLOURS[0], "2": COLOURS[1]}, "b": {"9": COLOURS[2]}})
    titles = [axis.get_title() for axis in figure.axes if axis.axison]
    assert titles == ["1", "2", "9"]


def test_rows_with_the_same_names_have_one_line_of_titles():
    figure = images.grid({"a": {"1": COLOURS[0], "2": COLOURS[1]}, "b": {"1": COLOURS[2], "2": COLOURS[0]}})
    assert [axis.get_title() for axis in figure.axes] == ["1", "2", "", ""]


def test_a_picture_of_nothing_stays_in_the_middle_of_the_scale():
    figure = images.grid({"": {"zero": np.zeros((4, 4))}}, signed=["zero"])
    assert figure.axes[0].images[0].get_clim() == (-1, 1)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match=r"two axes, or three with the colours first; got shape \(4,\)"):
        images.grid({"": {"line": np.zeros(4)}})


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
    axis = along_depth({"three": RANDOM.random((5, 3)), "five": RANDOM.random((5, 5))}, y_label="share").axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0, 0.5, 1]
    assert axis.lines[1].get_xdata().tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_conditions_show_every_repetition_and_the_mean():
    measures = {
        name: {"masks": RANDOM.random(6), "switches": RANDOM.random(6), "random": RANDOM.random(6)} for name in "ab"
    }
    figure = by_condition(measures, level={"b": 0.1})
    for axis, conditions in zip(figure.axes, measures.values(), strict=True):
        for height, (points, values) in enumerate(zip(axis.collections, conditions.values(), strict=True)):
            np.testing.assert_allclose(points.get_offsets(), [[value, height] for value in values])
        bars = [line for line in axis.lines if line.get_linewidth() == 1.6]
        spans = [line for line in axis.lines if line.get_linewidth() == 3]
        for bar, span, values in zip(bars, spans, conditions.values(), strict=True):
            mean, low, high = mean_interval(values)
            assert bar.get_xdata() == pytest.approx([mean, mean])
            assert span.get_xdata() == pytest.approx([low, high])
        joined = axis.lines[0].get_xdata()
        np.testing.assert_allclose(joined, [values[0] for values in conditions.values()])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["masks", "switches", "random"]
    dotted = [[line for line in axis.lines if line.get_linestyle() == ":"] for axis in figure.axes]
    assert [len(lines) for lines in dotted] == [0, 1]
