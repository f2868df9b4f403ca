"""Figures as SVG: what Matplotlib draws, in fewer bytes and under names that do not change."""

import io
import re
from xml.etree import ElementTree

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from helpers.plots import style
from helpers.plots.drawings import svg

SVG = "{http://www.w3.org/2000/svg}"


def drawing():
    figure, axes = style.panels(2, columns=2, size=(3, 2))
    for axis in axes:
        axis.plot([0.1234567, 1], [0, 1], color=style.PALETTE[1], marker="o", label="a line")
        axis.set(title="<up> & down", xlabel="across")
    style.legend_above(figure, axes[0])
    return figure


def numbers(text):
    """The coordinates of all paths, in their order."""
    paths = ElementTree.fromstring(text).iter(f"{SVG}path")
    return [np.array(re.findall(r"-?\d+\.?\d*", path.get("d", "")), dtype=float) for path in paths]


def test_the_paths_are_those_of_matplotlib_to_a_hundredth_of_a_point():
    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "path"}):
        drawing().savefig(buffer, format="svg")
    small = svg(drawing())
    for ours, theirs in zip(numbers(small), numbers(buffer.getvalue()), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=0.01)
    assert len(small) < 0.75 * len(buffer.getvalue())


def test_the_same_figure_gives_the_same_bytes_and_every_reference_leads_somewhere():
    assert svg(drawing()) == svg(drawing())
    text = svg(drawing()).decode()
    names = re.findall(r' id="([^"]*)"', text)
    assert len(names) == len(set(names)) and set(names) == set(re.findall(r"#(i\d+)", text))
    assert "<metadata" not in text and "<!--" not in text and text.startswith("<svg")


def test_colours_that_look_like_names_stay():
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1], color="#abcdef")
    assert "#abcdef" in svg(figure).decode()
