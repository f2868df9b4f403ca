"""What a page shows besides the output of its cells: figures with their texts, and the banner of a run."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from IPython.display import HTML

from helpers.plots.style import png

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_html(figure: Figure, *, alt: str, caption: str, dpi: int) -> HTML:
    """A figure with its alternative text and its caption, as HTML.

    figure: the figure to show.
    alt: describes what one sees.
    caption: says what it means.
    dpi: pixels of the picture per inch of the figure; at 100 a pixel of the picture is a pixel of the page.
    """
    figure.set_dpi(dpi)
    data = base64.b64encode(png(figure)).decode()
    width = round(figure.get_figwidth() * 100)
    return HTML(
        f'<figure style="margin:1rem 0"><img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" '
        f'style="width:{width}px;max-width:100%;height:auto;background:white">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def banner(*, scale: str, parts: list[str]) -> HTML:
    """The line at the top of a page: its scale, and the other settings on which its numbers depend."""
    note = " At this scale the page is only shown to run; it judges nothing." if scale == "smoke" else ""
    shown = " · ".join([f"Scale <strong>{html.escape(scale)}</strong>", *map(html.escape, parts)])
    return HTML(f'<p class="run-banner">{shown}.{note}</p>')
