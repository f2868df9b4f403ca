"""How figures look: colours that can be told apart, panels, and the picture that is made of a figure."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from skimage.color import deltaE_ciede2000, rgb2lab

from helpers.plots import style

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0: what a dichromat sees of linear RGB
SEEN = {
    "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "trichromat": np.eye(3).tolist(),
}


def figure():
    """Panels with a colour bar and a legend outside: what the layout has to make room for."""
    drawn, axes = style.panels(3, columns=2, size=(3.0, 2.0))
    for k, axis in enumerate(axes):
        axis.plot([0, 1], [0, 10**k], label="a line")
        axis.set(title=f"panel {k}", xlabel="across", ylabel="up")
    shown = axes[2].imshow(np.arange(6).reshape(2, 3))
    drawn.colorbar(shown, ax=axes[2])
    style.legend_above(drawn, axes[0])
    drawn.set_dpi(150)
    return drawn


def test_a_figure_drawn_once_is_the_picture_that_savefig_makes():
    twice = io.BytesIO()
    figure().savefig(twice, format="png", dpi=150)
    twice.seek(0)
    once = imread(io.BytesIO(style.png(figure())))
    assert once.shape == (600, 900, 4)
    np.testing.assert_array_equal(once, imread(twice))


@pytest.mark.parametrize("reader", SEEN)
def test_a_readers_eyes_tell_the_colours_apart(reader):
    """All but the brown, the seventh colour, whose curves a protanope knows by their marker alone."""
    colours = np.array([to_rgb(colour) for k, colour in enumerate(style.PALETTE) if k != 6])
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SEEN[reader]).T, 0, 1)
    lab = rgb2lab(np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)[None])[0]
    first, second = np.triu_indices(len(lab), k=1)
    assert deltaE_ciede2000(lab[first], lab[second]).min() > 10  # 1 can just be seen


def test_panels_beyond_the_count_are_removed():
    drawn, axes = style.panels(3, columns=2, size=(2, 2))
    assert len(axes) == len(drawn.axes) == 3


def test_no_figure_is_of_pyplot_which_a_page_would_show_a_second_time():
    helpers = Path(style.__file__).parents[1]
    assert not [path for path in helpers.rglob("*.py") if "matplotlib.pyplot" in path.read_text("utf-8")]
