"""Sphinx extension: links between a claim's box, the cell that reports it, and its row in the scorecard.

A cell can be linked as ``page.html#code-<claim>``. The box, which Jupyter shows too, gains a link to the scorecard.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_BOX = re.compile(r'\bid="claim-([a-z0-9.-]+)"')  # in the output of the cell that judges the claim
_ADDRESS = re.compile(r'<a class="verdict-link" href="#(claim-[a-z0-9.-]+)"')


def link_claims(app: Sphinx, document: nodes.document) -> None:
    """Give each cell of code a name for every claim whose box it shows, and each box a link to its row."""
    up = "../" * app.env.docname.count("/")
    for cell in document.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        for raw in [raw for raw in cell.findall(nodes.raw) if "html" in raw.get("format", "").split()]:
            text = raw.astext()
            cell["ids"] += [name for claim in _BOX.findall(text) if (name := f"code-{claim}") not in cell["ids"]]
            if _ADDRESS.search(text):
                raw.children = [nodes.Text(_ADDRESS.sub(rf"{_row(up)}\g<0>", text))]


def _row(up: str) -> str:
    address = rf"{up}scorecard.html#\1"
    return f'<a class="verdict-link verdict-row" href="{address}" title="This claim in the scorecard">scorecard</a> '


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", link_claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
