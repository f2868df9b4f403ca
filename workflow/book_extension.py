"""Sphinx extension of this book: local MathJax, lighter icons, a role corrected for screen readers, docstrings."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

from helpers.pages.repository import REPOSITORY


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


def _version_of_the_package(app: Sphinx, config: Any) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    config.version = config.release = project["version"]
    config.html_theme_options["extra_footer"] = f"<p>Version {project['version']}</p>"


def as_restructured_text(lines: list[str]) -> list[str]:
    """A docstring of this package as reStructuredText.

    A paragraph "name: meaning" becomes an entry of a list. (Sphinx would turn it into a field and give unknown names a
    capital letter.) An indented paragraph is an example of code; a Markdown table becomes a Sphinx table.
    """
    lines = _with_tables(lines)
    found: list[str] = []
    field = example = False
    for before, line in pairwise(["", *lines]):
        named = re.match(r"([a-z_]\w*(?:, \w+)*): (?=\S)", line)
        if named and (field or not before.strip()):
            found += [", ".join(f"``{name}``" for name in named[1].split(", ")), f"    {line[named.end() :]}"]
            field, example = True, False
        elif field and line.strip():
            found.append(f"    {line.strip()}")  # the meaning continues
        else:
            field = False
            if line.startswith("    ") and not before.strip() and not example:
                example = True
                found += [] if "".join(found).rstrip().endswith("::") else ["::", ""]
            elif line.strip() and not line.startswith("    "):
                example = False
            found.append(line)
    return found


def _with_tables(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line, below in pairwise([*lines, ""]):
        if below.startswith("| ---"):
            found += [".. list-table::", "   :header-rows: 1", ""]
        if line.startswith("| ---"):
            continue
        if line.startswith("| ") and line.endswith("|"):
            first, *others = (cell.strip() for cell in line.strip("|").split("|"))
            found += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
        else:
            found.append(line)
    return found


def _docstrings(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    lines[:] = as_restructured_text(lines)


def _skip(app: Sphinx, what: str, name: str, member: object, skip: bool, options: object) -> bool | None:
    if type(member).__name__ == "_tuplegetter":  # its docstring comes from Python: "Alias for field number 0"
        return True
    return False if what == "module" else None  # api_reference chooses the members, including those without a docstring


def _signature(
    app: Sphinx, what: str, name: str, thing: object, options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    # Sphinx shortens "~package.Name" to "Name" in what it can parse; a default such as <factory> prevents that.
    try:
        ast.parse(f"def f{signature or '()'}: ...")
    except SyntaxError:
        return re.sub(r"~(?:\w+\.)+", "", str(signature)), returns
    return None


def connect_docstrings(app: Sphinx) -> None:
    """Let autodoc read docstrings as this package writes them."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _docstrings)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    connect_docstrings(app)
    app.connect("config-inited", _version_of_the_package)
    app.connect("html-page-context", _plain_citation_list)
    app.connect("html-page-context", _signatures_without_lists)
    app.connect("build-finished", _copy_mathjax)
    app.connect("build-finished", _icons_from_the_font_alone)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
