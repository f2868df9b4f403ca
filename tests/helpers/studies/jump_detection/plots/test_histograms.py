"""What the histograms of errors show."""

import pytest
import torch

from helpers.studies.jump_detection.plots.histograms import error_histograms


def test_histogram_counts_every_whole_error(readable):
    figure = error_histograms({"all": torch.tensor([0, 0, 0, 1, 7])})
    readable(figure)
    (axis,) = figure.axes
    assert axis.get_xlabel() == "absolute error [points]"
    assert [bar.get_height() for bar in axis.patches] == [3, 1, 0, 0, 0, 0, 0, 1]
    assert [bar.get_x() + bar.get_width() / 2 for bar in axis.patches] == pytest.approx(range(8))
