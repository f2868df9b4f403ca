"""What the grids of pictures show: images, magnitudes and signed filters, each in its way."""

import numpy as np
import pytest

from helpers.plots import images
from helpers.plots.style import DIVERGING, SEQUENTIAL

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.random((3, 6, 8))
FILTER = RANDOM.normal(size=(3, 6, 8))


def test_figures_are_readable(readable):
    readable(images.grid({"a": {"1": COLOURS, "2": COLOURS[1]}, "b": {"9": COLOURS[2]}}))


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


def test_one_scale_makes_the_pictures_of_a_row_comparable():
    weak, strong = np.full((2, 2), 0.5), np.full((2, 2), 2.0)
    rows = {"a": {"weak": weak, "strong": strong}, "b": {"weak": weak, "strong": weak}}
    for one_scale, tops in ((True, [2.0, 2.0, 0.5, 0.5]), (False, [0.5, 2.0, 0.5, 0.5])):
        figure = images.grid(rows, one_scale=one_scale)
        assert [axis.images[0].get_clim()[1] for axis in figure.axes] == tops


@pytest.mark.parametrize("columns", [2, 4, 5, 6, 9])
@pytest.mark.parametrize("name", ["mixed4c 5×5 unit 24", "unit 7", "mixed4c pool projection unit 127"])
def test_the_names_of_rows_stand_in_lines_that_fit(name, columns):
    cells = {str(k): COLOURS[:, :, :6] for k in range(columns)}
    figure = images.grid({name: cells, f"{name} ": cells})
    figure.draw_without_rendering()
    first, second = (figure.axes[k] for k in (0, columns))
    extents = [axis.yaxis.label.get_window_extent() for axis in (first, second)]
    assert extents[0].y0 > extents[1].y1  # they do not lie over each other
    assert all(extent.y0 >= 0 and extent.y1 <= figure.bbox.height for extent in extents)
    if columns < 9:  # else the longest word is longer than a picture is high
        for axis, extent in zip((first, second), extents, strict=True):
            # a name may fill half of the gap to the next row
            assert extent.height <= axis.get_window_extent().height + 4
    assert first.get_ylabel().split() == name.split()
    if len(name) < 10:
        assert "\n" not in first.get_ylabel()


def test_the_lines_that_a_name_has_are_kept():
    figure = images.grid({"3×3 398\nr = -0.88": {str(k): COLOURS for k in range(7)}})
    assert figure.axes[0].get_ylabel() == "3×3 398\nr = -0.88"
