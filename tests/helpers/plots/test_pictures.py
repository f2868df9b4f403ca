"""Figures as files: the picture that Matplotlib draws, and its copy for a dark page."""

import io

import numpy as np
import pytest
import skimage
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from helpers.plots import pictures, style


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def drawing():
    figure, (axis,) = style.panels(1, columns=1, size=(3, 2))
    axis.plot([0, 1], [0, 1], color=style.PALETTE[1], marker="o", label="a line")
    axis.fill_between([0, 1], [0, 0], [1, 2], color="black", alpha=0.2)
    axis.set(title="up", xlabel="across")
    style.legend_above(figure, axis)
    return figure


def heat_map():
    figure = Figure(figsize=(3, 2))
    axis = figure.subplots()
    figure.colorbar(axis.imshow(np.arange(12.0).reshape(3, 4), cmap="gray"))
    axis.text(1, 1, "black on light", color="black")
    axis.plot([0, 3], [2, 2], color="white")
    axis.set_title("title")
    return figure


@pytest.mark.parametrize("make", [drawing, heat_map])
def test_a_file_is_the_picture_and_smaller_than_as_png(make):
    whole, small = style.png(make()), pictures.webp(make())
    assert np.abs(pixels(small) - pixels(whole)).mean() < 0.6
    assert len(small) < len(whole)


def test_a_drawing_of_few_marks_is_a_sharp_file_and_one_of_very_many_a_picture():
    kind, content = pictures.file(drawing())
    assert kind == "svg+xml" and len(content) < 30_000
    assert pictures.file(heat_map())[0] == "webp"
    crowded = Figure(figsize=(4, 3), dpi=200)
    crowded.subplots().plot(np.random.default_rng(0).random((100, 300)))
    kind, content = pictures.file(crowded)
    assert kind == "webp" and pixels(content).shape == (600, 800, 3)  # as fine as it was asked for


def test_a_photograph_keeps_its_colours_in_a_fraction_of_the_room():
    figure = Figure(figsize=(5, 5))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.imshow(skimage.data.astronaut())
    small, whole = pictures.webp(figure), style.png(figure)
    assert np.abs(pixels(small) - pixels(whole)).mean() < 3  # of 255 levels
    assert len(small) < len(whole) / 4


def test_what_has_a_colour_map_is_told_from_a_drawing():
    assert not pictures.has_colour_map(drawing())
    assert pictures.has_colour_map(heat_map())
    figure = Figure()
    figure.subplots().scatter([0, 1], [0, 1], c=[0.0, 1.0])
    assert pictures.has_colour_map(figure)


def test_a_dark_page_gets_a_dark_ground_light_text_and_the_same_colours():
    figure = drawing()
    pictures.darken(figure)
    shown = pixels(pictures.webp(figure))
    ground, counts = np.unique(shown.reshape(-1, 3), axis=0, return_counts=True)
    np.testing.assert_array_equal(ground[counts.argmax()], [18, 18, 18])
    assert shown.max() >= 225, "text is light"
    assert to_rgb(figure.axes[0].lines[0].get_color()) == to_rgb(style.PALETTE[1])
    assert to_rgb(figure.axes[0].title.get_color()) == pytest.approx((0.93,) * 3)


def test_what_is_drawn_onto_an_image_goes_with_it():
    figure = heat_map()
    before = figure.axes[0].images[0].get_array().copy()
    pictures.darken(figure)
    axis = figure.axes[0]
    np.testing.assert_array_equal(axis.images[0].get_array(), before)
    assert (to_rgb(axis.texts[0].get_color()), to_rgb(axis.lines[0].get_color())) == ((0, 0, 0), (1, 1, 1))
    assert to_rgb(axis.title.get_color()) == pytest.approx((0.93,) * 3)
    labels = [*axis.get_xticklabels(), *figure.axes[1].get_yticklabels()]
    assert all(to_rgb(label.get_color()) == pytest.approx((0.93,) * 3) for label in labels)
