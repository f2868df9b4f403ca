"""Buttons that lead from a page into its sources: Binder, Colab, suggest an edit. A part of the book's extension.

The build tells the repository's address and branch (``make book REPOSITORY=…``) in the environment. Without an address
there is no button, and nothing in the book leads off the disk.
"""

from __future__ import annotations

import os
from typing import Any

from sphinx.application import Sphinx

from helpers.pages.repository import REPOSITORY
from workflow.passing_on.source_address import Source

ADDRESS, BRANCH = "BOOK_REPOSITORY", "BOOK_BRANCH"
_LOGOS = {"Binder": "logo_binder.svg", "Colab": "logo_colab.png"}  # among the theme's files


def buttons(page: str, source: Source) -> list[dict[str, Any]]:
    """The buttons of a page, as the theme takes them; none for a page that the build writes by itself.

    page: the page's name, "jump_detection/06_bottlenecks" or "glossary".
    """
    of_study = "/" in page
    path = f"notebooks/{page}.py" if of_study else f"book/{page}.md"
    if not source.address or not (REPOSITORY / path).is_file():
        return []
    notebook = f"notebooks/{page}.ipynb"
    places = {"Binder": source.binder(notebook), "Colab": source.colab(notebook)} if of_study else {}
    links = [
        {
            "type": "link",
            "text": name,
            "tooltip": f"Open on {name}",
            "icon": f"_static/images/{_LOGOS[name]}",
            "url": at,
        }
        for name, at in places.items()
        if at
    ]
    launch = {"type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket", "label": "launch-buttons"}
    edit = _link("", "Suggest an edit", "fas fa-pencil-alt", source.edit(path)) | {"label": "source-edit-button"}
    return [*([launch | {"buttons": links}] if links else []), edit]


def _link(text: str, tooltip: str, icon: str, address: str) -> dict[str, Any]:
    return {"type": "link", "text": text, "tooltip": tooltip, "icon": icon, "url": address}


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    if tree is not None:
        source = Source(app.config.source_address, app.config.source_branch)
        context.setdefault("header_buttons", []).extend(buttons(page, source))


def connect(app: Sphinx) -> None:
    """Register with Sphinx. Another address is another book: all pages are written anew."""
    app.add_config_value("source_address", os.environ.get(ADDRESS, ""), "html", str)
    app.add_config_value("source_branch", os.environ.get(BRANCH, "main"), "html", str)
    app.connect("html-page-context", _add, priority=502)  # after the theme has made its list
