"""What the tests of the figures share."""

import warnings
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from helpers.plots.sight import hidden_panels


@pytest.fixture
def readable() -> Callable[[Figure], None]:
    """Checks that a figure fits a page and shows its data, that texts can be read, and that there is room for all."""

    def check(figure: Figure) -> None:
        assert figure.get_figwidth() <= 7
        for axis in figure.axes:
            texts = [axis.title, axis.xaxis.label, axis.yaxis.label, *axis.texts]
            texts += axis.get_legend().get_texts() if axis.get_legend() else []
            assert all(text.get_fontsize() >= 9 for text in texts if text.get_text())
        assert all(text.get_fontsize() >= 9 for legend in figure.legends for text in legend.get_texts())
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # too little room is a warning
            figure.canvas.draw()
        assert hidden_panels(figure) == []

    return check
