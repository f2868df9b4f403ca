"""What the figures of curves show: means and intervals over seeds, on axes that say what they are."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from helpers.plots.curves import line_panels, lines, lines_with_levels, training_curves
from helpers.plots.style import MARKERS
from helpers.statistics.intervals import mean_interval

RANDOM = np.random.default_rng(0)
SEEDS = RANDOM.normal(5, 1, size=(4, 6))  # (seed, point)
CURVES = {name: RANDOM.normal(5, 1, size=(4, 3)) for name in ("cosine", "correlation")}
FIGURES = {
    "lines": lambda: lines(range(6), {"net": SEEDS}, x_label="noise (standard deviation)", y_label="error [points]"),
    "panels": lambda: line_panels([0, 1, 2], {"inner": CURVES, "inter": CURVES}, x_label="layer", y_label="deviation"),
    "levels": lambda: lines_with_levels(
        range(6), {"L1": SEEDS}, {"L1": 5.0}, x_label="noise", y_label="error [points]"
    ),
    "training": lambda: training_curves({"training": SEEDS}, {"training": SEEDS}, best_epoch=[2, 4]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_readable_and_name_their_axis(name, readable):
    figure = FIGURES[name]()
    readable(figure)
    assert all(axis.get_xlabel() and axis.get_ylabel() for axis in figure.axes)


def drawn(axis, label):
    """The line of that name."""
    return next(line for line in axis.lines if line.get_label() == label)


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


def test_curves_can_be_told_apart_without_colour_and_by_colour_alone():
    names = [f"net {k}" for k in range(len(MARKERS))]
    figure = lines(range(6), dict.fromkeys(names, SEEDS), x_label="x", y_label="y")
    curves = [drawn(figure.axes[0], name) for name in names]
    assert len({curve.get_marker() for curve in curves}) == len(names)
    assert len({to_hex(curve.get_color()) for curve in curves}) == len(names)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names


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


def test_every_panel_draws_means_over_the_same_points_from_zero():
    figure = line_panels(
        [0, 1, 2],
        {"inner": CURVES, "inter": CURVES, "level": {"norm": CURVES["cosine"]}},
        x_label="layer",
        y_label="deviation",
    )
    assert [axis.get_title() for axis in figure.axes] == ["inner", "inter", "level"]
    for axis, names in zip(figure.axes, (CURVES, CURVES, {"norm": CURVES["cosine"]}), strict=True):
        for line, curve in zip(axis.lines, names.values(), strict=True):
            assert line.get_ydata() == pytest.approx(curve.mean(axis=0))
            assert line.get_xdata().tolist() == [0, 1, 2]
        assert axis.get_ylim()[0] == 0
        assert axis.get_xlabel() == "layer"


def test_names_that_all_panels_share_stand_above_the_figure_others_below_their_panel():
    alike = line_panels([0, 1, 2], {"inner": CURVES, "inter": CURVES}, x_label="layer", y_label="deviation")
    assert [text.get_text() for text in alike.legends[0].get_texts()] == list(CURVES)
    assert [axis.get_legend() for axis in alike.axes] == [None, None]

    other = {"norm": CURVES["cosine"]}
    mixed = line_panels([0, 1, 2], {"inner": CURVES, "level": other}, x_label="layer", y_label="deviation")
    assert not mixed.legends
    mixed.draw_without_rendering()
    for axis, names in zip(mixed.axes, (CURVES, other), strict=True):
        legend = axis.get_legend()
        assert [text.get_text() for text in legend.get_texts()] == list(names)
        assert legend.get_window_extent().y1 < axis.get_window_extent().y0  # it covers no curve


def test_a_logarithmic_axis_names_its_points():
    axis = line_panels([0.5, 1, 100], {"inner": CURVES}, x_label="epoch", y_label="deviation", x_log=True).axes[0]
    assert axis.get_xscale() == "log"
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0.5", "1", "100"]


def test_panels_that_are_compared_have_one_scale_and_labels_of_their_own():
    high = {name: 3 * values for name, values in CURVES.items()}
    labels = {"inner": "inner-class deviation", "inter": "inter-class deviation"}
    figure = line_panels([0, 1, 2], {"inner": CURVES, "inter": high}, x_label="layer", y_label=labels, one_scale=True)
    assert [axis.get_ylabel() for axis in figure.axes] == list(labels.values())
    low, high_axis = (axis.get_ylim() for axis in figure.axes)
    assert low == high_axis and low[0] == 0


def test_whole_numbers_on_the_axis_have_no_ticks_between_them():
    figure = lines([0, 1, 2, 3], {"net": SEEDS[:, :4]}, x_label="layer", y_label="y")
    ticks = figure.axes[0].get_xticks()
    assert np.array_equal(ticks, np.round(ticks))
    figure = lines([0.5, 1, 1.5, 2], {"net": SEEDS[:, :4]}, x_label="noise", y_label="y")
    assert not np.array_equal(figure.axes[0].get_xticks(), np.round(figure.axes[0].get_xticks()))
