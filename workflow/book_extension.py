"""Sphinx extension of this book: local MathJax, lighter icons, corrected roles; and the modules that it connects."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

from helpers.pages.repository import REPOSITORY
from workflow import docstrings, page_titles, search_texts, source_buttons, text_links


def _copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    # Only the file that mathjax_path names is copied, not the package's 24 MB: SVG output needs no fonts.
    if error is None:
        package = importlib.import_module("sphinx-mathjax-offline")
        source = Path(str(package.__file__)).parent / "static" / app.config.mathjax_path
        copy_asset(str(source), str(Path(app.outdir, "_static", app.config.mathjax_path).parent))


def _icons_from_the_font_alone(app: Sphinx, error: Exception | None) -> None:
    # The theme has its icons twice: as a font, and in a script of 1.5 MB that every page would load.
    if error is None:
        script = Path(app.outdir, "_static", "scripts", "fontawesome.js")
        script.write_text("// the icons come from the font\n", "utf-8")


def _plain_citation_list(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    # Sphinx marks the bibliography as a list without list items, which screen readers report as empty.
    if "body" in context:
        context["body"] = context["body"].replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def _signatures_without_lists(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    # Sphinx sets a signature of several lines as a list of definitions that define no term.
    if "body" in context:
        body = context["body"].replace('<dd><em class="sig-param">', '<dd role="presentation"><em class="sig-param">')
        context["body"] = body.replace(
            '<dl>\n<dd role="presentation">', '<dl role="presentation">\n<dd role="presentation">'
        )


def _code_is_open_without_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    # Scripts fold it (code_switch.js). The label would be read out in place of the words "Show code".
    if "body" in context:
        body = re.sub(r'<details class="(admonition hide [^"]*)">', r'<details class="\1" open>', context["body"])
        context["body"] = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def _found_words_stay_unmarked(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    # What marks the words of a search on the page that is opened next loses the state that a playground has in the
    # browser's history, and its marks cannot be read on dark pages. The page of the search itself needs the script.
    if page != "search":
        scripts = context.get("script_files", [])
        context["script_files"] = [one for one in scripts if "sphinx_highlight.js" not in str(one.filename)]


def _version_of_the_package(app: Sphinx, config: Any) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    config.version = config.release = project["version"]
    config.html_theme_options["extra_footer"] = f"<p>Version {project['version']}</p>"


def _nothing_stops_several_processes(app: Sphinx, config: Any) -> None:
    # Jupyter Book loads it, although it is to number nothing (use_multitoc_numbering), and it says nothing of
    # processes.
    if "sphinx_multitoc_numbering" in app.extensions:
        app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    for part in (docstrings, page_titles, search_texts, source_buttons, text_links):
        part.connect(app)
    app.connect("config-inited", _version_of_the_package)
    app.connect("config-inited", _nothing_stops_several_processes)
    app.connect("html-page-context", _plain_citation_list)
    app.connect("html-page-context", _signatures_without_lists)
    app.connect("html-page-context", _code_is_open_without_scripts)
    app.connect("html-page-context", _found_words_stay_unmarked)
    app.connect("build-finished", _copy_mathjax)
    app.connect("build-finished", _icons_from_the_font_alone)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
