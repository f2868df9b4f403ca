"""Pages of a study are numbered: "Jump detection 6: Bottleneck networks", and "6. Bottleneck networks" in the contents.

A part of the book's Sphinx extension, beside what ``workflow.site`` writes into the pages.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_NUMBERED = re.compile(r"[^/]+/(\d\d)_")


def numbered(page: str, part: str, title: str) -> str:
    """The title of a page; pages without a number in their name, and parts without a caption, keep theirs.

    page: the page's name, "jump_detection/06_bottlenecks".
    part: the caption of its part in the table of contents.
    title: the title in its source.
    """
    found = _NUMBERED.match(page)
    return f"{part} {int(found[1])}: {title}" if found and part else title


def _short_in_the_contents(app: Sphinx, document: nodes.document) -> None:
    # The contents list a study's pages below its name, which need not stand in each of their lines.
    name = app.env.docname
    found = _NUMBERED.match(name)
    if found is None:
        return
    app.env.titles[name] = app.env.titles[name].deepcopy()  # the title in full is the same node
    shown = [app.env.titles[name], *app.env.tocs[name].findall(nodes.reference)][:2]
    for node in shown:
        for text in list(node.findall(nodes.Text))[:1]:
            short = re.sub(rf"^.+? {int(found[1])}: ", f"{int(found[1])}. ", text.astext())
            text.parent.replace(text, nodes.Text(short))


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", _short_in_the_contents, priority=900)  # after Sphinx has collected the titles
