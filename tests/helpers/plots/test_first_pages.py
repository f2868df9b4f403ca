"""What the figures of the first pages show: the numbers they were given, on axes that say what they are."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from helpers.plots.curves import lines, lines_with_levels, training_curves
from helpers.plots.heatmaps import activation_maps, weight_maps
from helpers.plots.scatter import scatter
from helpers.plots.style import MARKERS, PALETTE, panels
from helpers.statistics.intervals import mean_interval
from helpers.studies.jump_detection.plots.bars import methods
from helpers.studies.jump_detection.plots.filters import overlaid
from helpers.studies.jump_detection.plots.histograms import error_histograms
from helpers.studies.jump_detection.plots.signals import example_signals, filter_responses

RANDOM = np.random.default_rng(0)
SEEDS = RANDOM.normal(5, 1, size=(4, 6))  # (seed, point)


def drawn(axis, label):
    """The line of that name."""
    return next(line for line in axis.lines if line.get_label() == label)


def every_figure() -> dict[str, Figure]:
    seeds = {"L1": SEEDS[:, 0], "L2": SEEDS[:, 1]}
    return {
        "methods": methods({"net": seeds, "limit": seeds}, paper={"net": [4.5, 5.5]}, measures=["L1", "L2"]),
        "lines": lines(range(6), {"net": SEEDS}, x_label="noise (standard deviation)", y_label="error [points]"),
        "levels": lines_with_levels(range(6), {"L1": SEEDS}, {"L1": 5.0}, x_label="noise", y_label="error [points]"),
        "training": training_curves({"training": SEEDS}, {"training": SEEDS}, best_epoch=[2, 4]),
        "scatter": scatter(RANDOM.normal(size=(9, 2)), range(9), label="jump position"),
        "overlaid": overlaid({"learned": SEEDS, "filter": SEEDS[0]}, x_label="input point"),
        "weights": weight_maps({"layer 1": SEEDS}, {"layer 1": SEEDS[0]}),
        "activations": activation_maps({"hidden": SEEDS, "output": SEEDS}, first_position=21),
        "histograms": error_histograms({"all": np.array([0, 0, 1, 7])}),
        "examples": example_signals(torch.zeros(2, 30), torch.tensor([8, 20])),
        "responses": filter_responses(SEEDS[0], {"smooth": SEEDS[1], "sum": SEEDS[2]}),
    }


@pytest.mark.parametrize("name", list(every_figure()))
def test_a_figure_fits_a_page_is_labelled_and_readable(name):
    figure = every_figure()[name]
    assert figure.get_figwidth() <= 7
    for axis in figure.axes:
        texts = [axis.title, axis.xaxis.label, axis.yaxis.label, *axis.texts]
        texts += axis.get_legend().get_texts() if axis.get_legend() else []
        assert all(text.get_fontsize() >= 9 for text in texts if text.get_text())
    assert any(axis.get_xlabel() for axis in figure.axes)
    assert all(text.get_fontsize() >= 9 for legend in figure.legends for text in legend.get_texts())
    figure.canvas.draw()  # lays out: too little room is a warning, and warnings are shown


def test_bars_are_means_with_intervals_and_the_studys_values():
    values = {"net": {"l1": SEEDS[:, 0], "l2": SEEDS[:, 1]}, "one seed": {"l1": [3.0], "l2": [4.0]}}
    figure = methods(values, paper={"net": [4.5, 5.5]}, measures=["L1", "L2"])
    for k, axis in enumerate(figure.axes):
        assert axis.get_title() == ["L1", "L2"][k]
        mean, low, high = mean_interval(SEEDS[:, k])
        widths = [bar.get_width() for bar in axis.patches]
        assert widths == pytest.approx([mean, [3.0, 4.0][k]])
        interval, paper = axis.lines
        assert list(interval.get_xdata()) == pytest.approx([low, high])
        assert np.ravel(paper.get_xdata()) == pytest.approx([4.5, 5.5][k])
        assert np.ravel(paper.get_ydata()) == [0]  # in the row of its method


@pytest.mark.parametrize("logarithmic", [False, True])
def test_curves_are_means_and_their_band_the_interval(logarithmic):
    """On a logarithmic axis both are those of the logarithms."""
    figure = lines([1, 2, 3, 4, 5, 6], {"net": SEEDS}, x_label="x", y_label="y", y_log=logarithmic)
    (axis,) = figure.axes
    assert axis.get_yscale() == ("log" if logarithmic else "linear")
    values, back = (np.log(SEEDS), np.exp) if logarithmic else (SEEDS, np.positive)
    assert drawn(axis, "net").get_ydata() == pytest.approx(back(values.mean(0)))
    corners = axis.collections[0].get_paths()[0].vertices
    for point in range(6):
        _, low, high = mean_interval(values[:, point])
        at_point = corners[corners[:, 0] == point + 1, 1]
        assert (at_point.min(), at_point.max()) == pytest.approx((back(low), back(high)))


def test_levels_lie_where_the_study_has_them():
    curves = {"L1": SEEDS, "L2": SEEDS + 1}
    figure = lines_with_levels(range(6), curves, {"L1": 4.0, "L2": 7.0}, x_label="x", y_label="y")
    assert [drawn(axis, "study").get_ydata()[0] for axis in figure.axes] == [4.0, 7.0]


def test_training_curves_count_epochs_from_one_and_mark_the_stop():
    figure = training_curves({"training": SEEDS, "validation": SEEDS + 1}, {"training": SEEDS}, best_epoch=[2, 4])
    loss, error = figure.axes
    assert list(drawn(loss, "validation").get_xdata()) == [1, 2, 3, 4, 5, 6]
    assert drawn(loss, "validation").get_ydata() == pytest.approx((SEEDS + 1).mean(0))
    assert [drawn(axis, "stopped here").get_xdata()[0] for axis in (loss, error)] == [3, 3]
    assert "nats" in loss.get_ylabel()


def test_points_keep_their_place_and_value():
    points = RANDOM.normal(size=(9, 2))
    figure = scatter(points, np.arange(9), label="jump position")
    (cloud,) = figure.axes[0].collections
    assert cloud.get_offsets().data == pytest.approx(points)
    assert list(cloud.get_array()) == list(range(9))
    assert figure.axes[1].get_ylabel() == "jump position"


def test_filters_are_scaled_to_one():
    figure = overlaid({"learned": SEEDS, "filter": -3 * SEEDS[0]}, x_label="input point")
    (axis,) = figure.axes
    curves = [line for line in axis.lines if len(line.get_xdata()) == 6]
    for line, row in zip(curves, [*SEEDS, -3 * SEEDS[0]], strict=True):
        assert line.get_ydata() == pytest.approx(row / np.abs(row).max())
        assert line.get_xdata()[0] == 1
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["learned", "filter"]


def test_weights_are_centred_at_zero_and_oriented_as_inputs_by_units():
    weights = SEEDS - 4.5
    figure = weight_maps({"layer": weights}, {"layer": weights[0]})
    pictures = [image for axis in figure.axes for image in axis.images]
    matrix, bias = (image for image in pictures if image.get_cmap().name == "RdBu_r")
    assert matrix.get_array().data == pytest.approx(weights)
    assert bias.get_array().data == pytest.approx(weights[:1])
    assert tuple(matrix.get_extent()) == (0.5, 6.5, 4.5, 0.5)  # input 1 above, unit 1 on the left
    for image in (matrix, bias):
        low, high = image.get_clim()
        assert low == pytest.approx(-high)
        assert to_rgb(image.cmap(image.norm(0.0)))[0] == pytest.approx(0.97, abs=0.02)  # white


def test_activations_stand_over_their_jump_positions():
    figure = activation_maps({"hidden": SEEDS}, first_position=21)
    (image,) = figure.axes[0].images
    assert image.get_array().data == pytest.approx(SEEDS)
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (20.5, 26.5)
    assert (top, bottom) == (0.5, 4.5)  # unit 1 above


def test_histogram_counts_every_whole_error():
    figure = error_histograms({"all": torch.tensor([0, 0, 0, 1, 7])})
    (axis,) = figure.axes
    assert [bar.get_height() for bar in axis.patches] == [3, 1, 0, 0, 0, 0, 0, 1]
    assert [bar.get_x() + bar.get_width() / 2 for bar in axis.patches] == pytest.approx(range(8))


def test_examples_mark_the_jump_at_its_sample():
    signals = torch.stack([(torch.arange(1, 31) >= t0).float() for t0 in (8, 20)])
    figure = example_signals(signals, torch.tensor([8, 20]))
    for axis, t0 in zip(figure.axes, (8, 20), strict=True):
        curve, mark = axis.lines
        assert mark.get_xdata()[0] == t0
        assert curve.get_ydata()[list(curve.get_xdata()).index(t0)] == 1
        assert curve.get_ydata()[list(curve.get_xdata()).index(t0 - 1)] == 0


def test_responses_are_drawn_over_the_signal():
    figure = filter_responses(SEEDS[0], {"smooth": SEEDS[1], "sum": SEEDS[2]})
    for axis, name, row in zip(figure.axes, ("smooth", "sum"), SEEDS[1:3], strict=True):
        assert axis.get_title() == name
        assert drawn(axis, "signal").get_ydata() == pytest.approx(SEEDS[0])
        assert drawn(axis, "filtered").get_ydata() == pytest.approx(row)


def test_methods_can_be_told_apart_without_colour_and_in_grey():
    assert len(set(MARKERS)) == len(MARKERS) >= len(set(map(to_hex, PALETTE))) == len(PALETTE)


def test_panels_beyond_the_count_are_removed():
    figure, axes = panels(3, columns=2, size=(2, 2))
    assert len(axes) == len(figure.axes) == 3
