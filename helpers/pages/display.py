"""What a page shows besides the output of its cells: figures with their texts, and the banner of a run."""

from __future__ import annotations

import base64
import html
import warnings
from typing import TYPE_CHECKING

from IPython.display import HTML

from helpers.plots.pictures import darken, file, has_colour_map, lay_out
from helpers.plots.sight import hidden_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SCALES = {"laptop": "what two processor cores compute in minutes", "paper": "the study's own sizes"}


def figure_html(figure: Figure, *, alt: str, caption: str, dpi: int) -> HTML:
    """A figure with its alternative text and its caption, as HTML; with a colour map, a second one for a dark page.

    figure: the figure to show.
    alt: describes what one sees.
    caption: says what it means.
    dpi: pixels of the picture per inch of the figure; at 100 a pixel of the picture is a pixel of the page.

    Warns of panels that leave out most of what was drawn into them.
    """
    figure.set_dpi(dpi)
    lay_out(figure)
    if hidden := hidden_panels(figure):
        warnings.warn(f"{', '.join(hidden)}: most of what was drawn lies outside the limits of the axes.", stacklevel=3)
    width = round(figure.get_figwidth() * 100)
    shown = f'alt="{html.escape(alt)}" style="width:{width}px;max-width:100%;height:auto'
    light = f'<img class="in-the-light" src="{_address(figure)}" {shown};background:white">'
    if colour_map := has_colour_map(figure):
        darken(figure)
    # Jupyter shows the light picture alone. The book turns the colours of a drawing itself.
    dark = f'<img class="in-the-dark" src="{_address(figure)}" {shown};display:none">' if colour_map else ""
    return HTML(
        f'<figure class="{"picture" if colour_map else "drawing"}" style="margin:1rem 0">{light}{dark}'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _address(figure: Figure) -> str:
    kind, content = file(figure)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def banner(*, scale: str, parts: list[str]) -> HTML:
    """The line at the top of a page: its scale, and the other settings on which its numbers depend."""
    note = " At this scale the page is only shown to run; it judges nothing." if scale == "smoke" else ""
    meaning = f" ({_SCALES[scale]})" if scale in _SCALES else ""
    shown = " · ".join([f"Scale <strong>{html.escape(scale)}</strong>{meaning}", *map(html.escape, parts)])
    return HTML(f'<p class="run-banner">{shown}.{note}</p>')
