"""What the grid of signals shows: a row per network, a column per position."""

import numpy as np
import pytest

from helpers.plots.style import PALETTE
from helpers.studies.jump_detection.plots.grid import signal_grid

RANDOM = np.random.default_rng(0)
ROWS = {
    "mlp": {"at 3": RANDOM.normal(size=(1, 9)), "at 6": RANDOM.normal(size=(4, 9))},
    "convnet": {"at 3": 10 * RANDOM.normal(size=(2, 9)), "at 6": RANDOM.normal(size=(3, 9))},
}
MARKS = {"at 3": 3, "at 6": 6}


def test_a_panel_shows_one_signal_the_mean_and_where_most_lie_and_marks_the_position(readable):
    figure = signal_grid(ROWS, marks=MARKS)
    readable(figure)
    panels = iter(figure.axes)
    for number, (row, cells) in enumerate(ROWS.items()):
        for column, signals in cells.items():
            axis = next(panels)
            one, mean, mark = axis.lines
            (band,) = axis.collections
            assert one.get_ydata() == pytest.approx(signals[0])
            assert mean.get_ydata() == pytest.approx(signals.mean(axis=0))
            assert (one.get_color(), mean.get_color()) == (PALETTE[1], PALETTE[0])
            edge = band.get_paths()[0].vertices[:, 1]
            assert edge.max() == pytest.approx(np.percentile(signals, 95, axis=0).max())
            assert list(one.get_xdata()) == list(range(1, 10))
            assert mark.get_xdata() == [MARKS[column]] * 2
            assert axis.get_title() == (column if number == 0 else "")
            assert axis.get_xlabel() == ("position" if number == 1 else "")
            assert axis.get_ylabel() == (f"{row}\nvalue" if column == "at 3" else "")
    assert next(panels, None) is None


@pytest.mark.parametrize(("shared", "groups"), [("all", [0, 0, 0, 0]), ("row", [0, 0, 1, 1]), ("column", [0, 1, 0, 1])])
def test_panels_that_are_compared_share_their_axis(shared, groups):
    limits = [axis.get_ylim() for axis in signal_grid(ROWS, marks=MARKS, shared=shared).axes]
    for i in range(4):
        for j in range(4):
            assert (limits[i] == limits[j]) == (groups[i] == groups[j])
    assert max(high for _, high in limits) >= max(x.mean(axis=0).max() for x in ROWS["convnet"].values())
