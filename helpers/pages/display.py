"""What a page shows besides what its cells print: figures with their texts, and the banner of a run."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from IPython.display import HTML

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_html(figure: Figure, *, alt: str, caption: str, dpi: int) -> HTML:
    """A figure with its alternative text (what one sees) and its caption (what it means).

    dpi: pixels of the picture per inch of the figure; 100 of them are 100 pixels of the page.
    """
    from helpers.plots.style import png  # here: a page without figures does not wait for Matplotlib

    figure.set_dpi(dpi)
    data = base64.b64encode(png(figure)).decode()
    width = round(figure.get_figwidth() * 100)
    return HTML(
        f'<figure style="margin:1rem 0"><img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" '
        f'style="width:{width}px;max-width:100%;height:auto;background:white">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def banner(*, scale: str, parts: list[str]) -> HTML:
    """The line at the top of a page: its scale and whatever else its numbers depend on."""
    note = " At this scale the page is only shown to run; it judges nothing." if scale == "smoke" else ""
    shown = " · ".join([f"Scale <strong>{html.escape(scale)}</strong>", *map(html.escape, parts)])
    return HTML(f'<p class="run-banner">{shown}.{note}</p>')
