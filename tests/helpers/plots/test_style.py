import io

import numpy as np
from matplotlib.image import imread

from helpers.plots import style


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
