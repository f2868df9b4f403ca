"""The outputs of an executed page that are HTML: figures, tables, boxes of claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import nbformat


def in_html(cells: Iterable[nbformat.NotebookNode]) -> Iterator[dict[str, str]]:
    """The data of each such output, in order; its text stands under "text/html" and can be replaced in place."""
    for cell in cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                yield output["data"]
