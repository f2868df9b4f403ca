"""Sphinx extension: the cell that reports a claim can be linked, as ``page.html#code-<claim>``."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_BOX = re.compile(r'\bid="claim-([a-z0-9.-]+)"')  # in the output of the cell that judges the claim


def name_cells(app: Sphinx, document: nodes.document) -> None:
    """Give each cell of code a name for every claim whose box it shows."""
    for cell in document.findall(
        lambda node: isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
    ):
        shown = [raw.astext() for raw in cell.findall(nodes.raw) if "html" in raw.get("format", "").split()]
        claims = dict.fromkeys(claim for text in shown for claim in _BOX.findall(text))
        cell["ids"] += [f"code-{claim}" for claim in claims]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", name_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
