"""What the figures of the pages on memorising and deviation show."""

import numpy as np
import pytest

from helpers.plots.curves import line_panels
from helpers.plots.heatmaps import pictures
from helpers.plots.scatter import maps
from helpers.studies.jump_detection.plots.signals import designed_signals

RANDOM = np.random.default_rng(0)
CURVES = {name: RANDOM.normal(5, 1, size=(4, 3)) for name in ("cosine", "correlation")}


def test_every_panel_draws_means_over_the_same_points_from_zero():
    figure = line_panels(
        [0, 1, 2], {"inner": CURVES, "inter": CURVES, "level": {"norm": CURVES["cosine"]}}, x_label="layer"
    )
    assert [axis.get_title() for axis in figure.axes] == ["inner", "inter", "level"]
    for axis, names in zip(figure.axes, (CURVES, CURVES, {"norm": CURVES["cosine"]}), strict=True):
        for line, curve in zip(axis.lines, names.values(), strict=True):
            assert line.get_ydata() == pytest.approx(curve.mean(axis=0))
            assert line.get_xdata().tolist() == [0, 1, 2]
        assert axis.get_ylim()[0] == 0
        assert axis.get_xlabel() == "layer"


def test_names_that_all_panels_share_stand_above_the_figure_others_below_their_panel():
    alike = line_panels([0, 1, 2], {"inner": CURVES, "inter": CURVES}, x_label="layer")
    assert [text.get_text() for text in alike.legends[0].get_texts()] == list(CURVES)
    assert [axis.get_legend() for axis in alike.axes] == [None, None]

    other = {"norm": CURVES["cosine"]}
    mixed = line_panels([0, 1, 2], {"inner": CURVES, "level": other}, x_label="layer")
    assert not mixed.legends
    mixed.draw_without_rendering()
    for axis, names in zip(mixed.axes, (CURVES, other), strict=True):
        legend = axis.get_legend()
        assert [text.get_text() for text in legend.get_texts()] == list(names)
        assert legend.get_window_extent().y1 < axis.get_window_extent().y0  # it covers no curve


def test_a_logarithmic_axis_names_its_points():
    axis = line_panels([0.5, 1, 100], {"inner": CURVES}, x_label="epoch", x_log=True).axes[0]
    assert axis.get_xscale() == "log"
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0.5", "1", "100"]


def test_maps_share_one_scale_of_colours():
    points = {name: RANDOM.normal(size=(20, 2)) for name in "abc"}
    values = {"a": np.arange(20), "b": np.arange(20) + 10, "c": np.arange(20) + 3}
    figure = maps(points, values, columns=2, label="jump position")
    for axis, name in zip(figure.axes, "abc", strict=False):
        (drawn,) = axis.collections
        assert np.array_equal(drawn.get_offsets(), points[name])
        assert drawn.get_array().tolist() == values[name].tolist()
        assert drawn.get_clim() == (0, 29)
        assert axis.get_title() == name
    assert figure.axes[-1].get_xlabel() == "jump position"


def test_designed_signals_carry_their_notes():
    signals = {"pulse": np.eye(9)[4], "step": np.arange(9) >= 4}
    figure = designed_signals(signals, {"pulse": "99 %", "step": "at 5"}, position=5)
    for axis, (name, signal) in zip(figure.axes, signals.items(), strict=True):
        marker, curve = axis.lines
        assert marker.get_xdata() == [5, 5]
        assert curve.get_xdata().tolist() == list(range(1, 10))
        assert curve.get_ydata() == pytest.approx(signal)
        assert axis.get_title() == f"{name}\n{'99 %' if name == 'pulse' else 'at 5'}"


def test_pictures_show_rows_and_columns_as_they_are():
    image = RANDOM.random((3, 5))
    (axis,) = pictures({"five": image}).axes
    assert np.array_equal(axis.images[0].get_array(), image)
    assert axis.get_title() == "five"
