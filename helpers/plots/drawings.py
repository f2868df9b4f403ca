"""Figures as SVG files: sharp at any size, without what no browser needs, and the same bytes for the same figure."""

from __future__ import annotations

import io
import re

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_BETWEEN = re.compile(r">\s+<")
_GEOMETRY = re.compile(r' (?:d|x|y|points)="[^"]*"')
_LONG = re.compile(r"(?<=\d\.\d\d)\d+")  # what a hundredth of a point hides
_AROUND = re.compile(r"\s*([MLCQzZ])\s*")
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(href="|url\()#([\w.-]+)')


def svg(figure: Figure) -> bytes:
    """The figure as an SVG file. Its letters are outlines, so that they look alike on every machine."""
    buffer, dpi = io.BytesIO(), figure.dpi
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "figure"}):
        # Figure.savefig would draw what has a layout twice
        FigureCanvasSVG(figure).print_svg(buffer, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    figure.dpi = dpi  # print_svg has set 72, and a picture of the figure that is made later would be coarse
    text = _BETWEEN.sub("><", _COMMENT.sub("", _HEAD.sub("", buffer.getvalue().decode())))
    text = _GEOMETRY.sub(lambda found: _AROUND.sub(r"\1", _LONG.sub("", found[0])), text)
    return _short_names(text).encode()


def _short_names(text: str) -> str:
    """Only parts to which others refer keep a name, a number: Matplotlib's own vary from process to process."""
    names = {name: f"i{number}" for number, name in enumerate(dict.fromkeys(name for _, name in _USED.findall(text)))}
    text = _ID.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", text)
    return _USED.sub(lambda found: f"{found[1]}#{names[found[2]]}", text)
