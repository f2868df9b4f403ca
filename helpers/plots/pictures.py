"""Figures as files for a page: small, and for a dark page as well as for a light one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from helpers.plots.drawings import svg

_DARK, _LIGHT = 0.07, 0.93  # what white and black become on a dark page, whose ground is #121212
_NEUTRAL = 0.05  # the largest difference between red, green and blue of what counts as grey
_COLOURS = 256
_QUALITY = 90  # of 100
_UNSEEN = 0.6  # levels of 255 by which fewer colours may change a picture on average
_LARGEST_DRAWING = 150_000  # bytes; beyond that a drawing of very many marks is kept as a picture


def lay_out(figure: Figure) -> None:
    """Settle where everything lies, and which ticks there are; else each drawing would do that anew."""
    engine = figure.get_layout_engine()
    if engine is None:
        figure.draw_without_rendering()
    else:
        engine.execute(figure)
        figure.set_layout_engine("none")


def file(figure: Figure) -> tuple[str, bytes]:
    """The figure as a file, and its kind as a browser names it: "svg+xml" for a drawing of few marks, else "webp".

    A drawing stays sharp at any size.
    """
    if not has_colour_map(figure):
        drawn = svg(figure)
        if len(drawn) <= _LARGEST_DRAWING:
            return "svg+xml", drawn
    return "webp", webp(figure)


def webp(figure: Figure) -> bytes:
    """The figure as a WebP file: as it is, with 256 colours, if nobody can see that; else as photographs are kept."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    fewer = picture.quantize(_COLOURS, dither=Image.Dither.NONE).convert("RGB")
    change = np.abs(np.asarray(fewer, dtype=np.int16) - np.asarray(picture, dtype=np.int16)).mean()
    buffer = io.BytesIO()
    if change < _UNSEEN:
        fewer.save(buffer, "WEBP", lossless=True, method=4)
    else:  # a sheet of photographs without any loss takes ten times the room, and nobody sees what for
        picture.save(buffer, "WEBP", quality=_QUALITY, method=4)
    return buffer.getvalue()


def has_colour_map(figure: Figure) -> bool:
    """Whether the figure shows an image or values by a colour map: then its colours may not be turned around."""
    return any(axes.images for axes in figure.axes) or any(
        collection.get_array() is not None for axes in figure.axes for collection in axes.collections
    )


def darken(figure: Figure) -> None:
    """Change a figure in place for a dark page: light text on a dark ground, colours and images as they are.

    Ticks count only if they have been made (:func:`lay_out`).
    """
    for artist in _furniture(figure):
        if isinstance(artist, Text):
            artist.set_color(_turned(artist.get_color())[0])
        elif isinstance(artist, Line2D):
            artist.set_color(_turned(artist.get_color())[0])
            artist.set_markerfacecolor(_turned(artist.get_markerfacecolor())[0])
            artist.set_markeredgecolor(_turned(artist.get_markeredgecolor())[0])
        elif isinstance(artist, Patch):
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            artist.set_facecolor(_turned(face)[0])
            artist.set_edgecolor(_turned(edge)[0])
        elif isinstance(artist, Collection) and artist.get_array() is None:
            faces, edges = artist.get_facecolor(), artist.get_edgecolor()
            artist.set(facecolor=_turned(faces), edgecolor=_turned(edges))


def _furniture(figure: Figure) -> Iterator[Artist]:
    """All artists but those that are drawn onto an image, whose colours go with it."""
    onto_images = {
        id(part)
        for axes in figure.axes
        if axes.images
        for artist in (*axes.lines, *axes.texts, *axes.patches, *axes.collections)
        for part in artist.findobj()
    }
    yield from (artist for artist in figure.findobj() if id(artist) not in onto_images)


def _turned(colours: Any) -> np.ndarray:
    """Greys from black to white become light to dark; other colours stay. (colour, 4)"""
    rgba = to_rgba_array(colours)
    grey = np.ptp(rgba[:, :3], axis=1) < _NEUTRAL if len(rgba) else np.zeros(0, dtype=bool)
    rgba[grey, :3] = _LIGHT - rgba[grey, :3] * (_LIGHT - _DARK)
    return rgba
