"""What the grid of signals shows: a row per network, a column per position."""

import numpy as np
import pytest

from helpers.plots.style import PALETTE
from helpers.studies.jump_detection.plots.grid import signal_grid

RANDOM = np.random.default_rng(0)


def test_signals_stand_in_row_and_column_the_first_in_front_the_position_marked(readable):
    rows = {
        "mlp": {"at 3": RANDOM.normal(size=9), "at 6": RANDOM.normal(size=(4, 9))},
        "convnet": {"at 3": RANDOM.normal(size=(2, 9)), "at 6": RANDOM.normal(size=9)},
    }
    marks = {"at 3": 3, "at 6": 6}
    figure = signal_grid(rows, marks=marks)
    readable(figure)
    panels = iter(figure.axes)
    for number, (row, cells) in enumerate(rows.items()):
        for column, values in cells.items():
            axis = next(panels)
            *behind, front, mark = axis.lines
            first, *others = np.atleast_2d(values)
            assert front.get_ydata() == pytest.approx(first)
            assert front.get_color() == PALETTE[0]
            for line, signal in zip(behind, others, strict=True):
                assert line.get_ydata() == pytest.approx(signal)
                assert line.get_linewidth() < front.get_linewidth()
            assert [list(line.get_xdata()) for line in (*behind, front)] == [list(range(1, 10))] * (len(others) + 1)
            assert mark.get_xdata() == [marks[column]] * 2
            assert axis.get_title() == (column if number == 0 else "")
            assert axis.get_xlabel() == ("position" if number == 1 else "")
            assert axis.get_ylabel() == (row if column == "at 3" else "")
    assert next(panels, None) is None
