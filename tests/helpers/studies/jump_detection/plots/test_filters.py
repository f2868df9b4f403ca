"""What the figures of filters show: every filter's weights, tap by tap."""

import numpy as np
import pytest

from helpers.plots.style import DIVERGING
from helpers.studies.jump_detection.plots.filters import by_seed, overlaid

SEEDS = np.random.default_rng(0).normal(5, 1, size=(4, 6))  # (seed, tap)


def test_filters_are_scaled_to_one(readable):
    figure = overlaid({"learned": SEEDS, "filter": -3 * SEEDS[0]}, x_label="input point")
    readable(figure)
    (axis,) = figure.axes
    assert axis.get_xlabel() == "input point"
    curves = [line for line in axis.lines if len(line.get_xdata()) == 6]
    for line, row in zip(curves, [*SEEDS, -3 * SEEDS[0]], strict=True):
        assert line.get_ydata() == pytest.approx(row / np.abs(row).max())
        assert line.get_xdata()[0] == 1
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["learned", "filter"]


def test_every_seed_is_a_row_of_weights_scaled_to_one(readable):
    filters = {"a": SEEDS, "b": -SEEDS[:2], "c": SEEDS[:, :3], "long": np.tile(SEEDS, 3)}
    figure = by_seed(filters, columns=2, x_label="tap", first=-1)
    readable(figure)
    for axis, (name, rows) in zip(figure.axes, filters.items(), strict=False):
        (image,) = axis.images
        assert axis.get_title() == name
        np.testing.assert_allclose(image.get_array(), rows / np.abs(rows).max(axis=1, keepdims=True))
        assert tuple(image.get_extent()) == (-1.5, rows.shape[1] - 1.5, len(rows) - 0.5, -0.5)
        assert (image.get_clim(), image.get_cmap().name) == ((-1, 1), DIVERGING)
    labels = [(axis.get_ylabel(), axis.get_xlabel()) for axis in figure.axes[:4]]
    assert labels == [("seed", ""), ("", ""), ("seed", "tap"), ("", "tap")]
