"""Docstrings of this package as Sphinx reads them: a part of the book's Sphinx extension."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from sphinx.application import Sphinx


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


def connect(app: Sphinx) -> None:
    """Let autodoc read docstrings as this package writes them."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _docstrings)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)
