"""What the rows of layers show: weights, averaged activations, and their slice at one position."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from helpers.plots.style import DIVERGING, PALETTE, SEQUENTIAL
from helpers.studies.jump_detection.plots.layers import Row, layer_rows

RANDOM = np.random.default_rng(0)
ROWS = {
    "input": Row(None, RANDOM.normal(size=(5, 9)), RANDOM.normal(size=9)),
    "filter": Row(np.array([-1.0, 0.5, 2.0]), RANDOM.normal(size=(5, 7)), RANDOM.normal(size=7)),
    "dense": Row(RANDOM.normal(size=(7, 4)), RANDOM.normal(size=(5, 4)), RANDOM.normal(size=4), 21, "jump position"),
}


@pytest.fixture
def panels(readable):
    """layer -> its panels of weights, averages and slice; the colour bars stand behind all panels."""
    figure = layer_rows(ROWS, first_position=21, position=23)
    readable(figure)
    return {name: figure.axes[3 * k : 3 * k + 3] for k, name in enumerate(ROWS)}


def test_weights_are_nothing_bars_or_a_matrix_centred_at_zero(panels):
    nothing, bars, matrix = (axes[0] for axes in panels.values())
    assert not nothing.axison
    weight = ROWS["filter"].weight
    assert [bar.get_height() for bar in bars.patches] == weight.tolist()
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars.patches] == pytest.approx([1, 2, 3])
    assert [to_hex(bar.get_facecolor()) for bar in bars.patches] == [
        to_hex(PALETTE[0] if value < 0 else PALETTE[1]) for value in weight
    ]
    (image,) = matrix.images
    reach = np.abs(ROWS["dense"].weight).max()
    np.testing.assert_array_equal(image.get_array(), ROWS["dense"].weight)
    assert (image.get_clim(), image.get_cmap().name) == ((-reach, reach), DIVERGING)
    assert (bars.get_title(), matrix.get_title()) == ("filter: weights", "dense: weights")
    assert (matrix.get_ylabel(), matrix.get_xlabel()) == ("point", "jump position")
    assert tuple(matrix.images[0].get_extent()) == (20.5, 24.5, 7.5, 0.5)


def test_averages_stand_over_their_jump_positions_a_row_per_unit(panels):
    for name, (_, averages, _) in panels.items():
        (image,) = averages.images
        units, first = ROWS[name].averaged.shape[1], ROWS[name].first_unit
        np.testing.assert_array_equal(image.get_array(), ROWS[name].averaged.T)
        assert tuple(image.get_extent()) == (20.5, 25.5, first + units - 0.5, first - 0.5)  # unit 1 above
        assert image.get_cmap().name == SEQUENTIAL
        assert (averages.get_title(), averages.get_ylabel()) == (f"{name}: average", ROWS[name].unit)
    assert panels["dense"][1].get_xlabel() == "jump position"


def test_the_slice_is_the_average_at_the_position_beside_one_signal(panels):
    for name, (_, _, line) in panels.items():
        single, average = line.lines
        assert single.get_ydata() == pytest.approx(ROWS[name].single)
        assert average.get_ydata() == pytest.approx(ROWS[name].averaged[2])  # position 23 is the third from 21
        assert list(average.get_xdata()) == [ROWS[name].first_unit + k for k in range(ROWS[name].averaged.shape[1])]
        assert (single.get_label(), average.get_label()) == ("one signal", "average")
        assert line.get_title() == "jump at 23"
    assert [axes[2].get_xlabel() for axes in panels.values()] == ["point", "point", "jump position"]
