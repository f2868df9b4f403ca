"""What the book changes in an executed page: its number, how to run it, and which code a reader sees at first."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Mapping
from typing import Any

import nbformat

from workflow import figure_findings
from workflow.page_titles import numbered
from workflow.passing_on.source_address import Source

# Cells that papermill or every page has. Their values stand in the note on how to run the page.
_FOLDED, _OUT_OF_SIGHT = "hide-input", "remove-cell"
_TAGS = {"parameters": _FOLDED, "injected-parameters": _OUT_OF_SIGHT}


def prepare(
    notebook: nbformat.NotebookNode,
    *,
    page: str,
    part: str,
    results: Mapping[str, Any],
    downloads: list[str],
    repository: Source,
) -> None:
    """Change an executed page in place into what the book shows.

    page: the page's name.
    part: the caption of its part in the table of contents.
    results: what the run that is shown has measured, the content of its ``results.json``.
    downloads: the executed notebook, the notebook and the source.
    repository: where the sources lie, if that is known.
    """
    first = notebook.cells[0]
    title, *rest = first.source.split("\n")
    first.source = "\n".join(["# " + numbered(page, part, title.removeprefix("# ")), *rest])
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if added := {_TAGS[tag] for tag in tags if tag in _TAGS}:
            cell.metadata["tags"] = sorted({*tags} | added)
    figure_findings.add(notebook, results["claims"])
    note = nbformat.v4.new_markdown_cell(
        _rerun_note(page, results["parameters"], downloads, repository), id="rerun-note"
    )
    notebook.cells.insert(1, note)


def _rerun_note(page: str, parameters: dict[str, Any], downloads: list[str], repository: Source) -> str:
    """The note on how to run a page, in MyST Markdown.

    page: the page's name.
    parameters: the parameters of the run that is shown.
    downloads: the executed notebook, the notebook and the source.
    repository: where the sources lie, if that is known.
    """
    up = "../" * page.count("/")
    gap = "\0"  # keeps a parameter and its value on one line
    arguments = " ".join(gap.join(("-p", name, shlex.quote(str(value)))) for name, value in parameters.items())
    lines = [
        f"papermill notebooks/{page}.ipynb out.ipynb",
        *textwrap.wrap(arguments, 68, break_long_words=False),
    ]
    command = " \\\n  ".join(lines).replace(gap, " ")
    longest = max(map(len, re.findall("`+", command)), default=0)  # a value may hold a fence
    fence = "`" * max(3, longest + 1)
    executed, notebook, source = (f"{up}{path}" for path in downloads)
    return f"""\
{fence}`{{dropdown}} Run this page with other values
:class-container: rerun

This is the run shown here; leave out what you do not change ([how to re-run a page]({up}how_to_rerun.md)):

{fence}text
{command}
{fence}
{_on_colab(repository, fence)}
Download: {{download}}`this page as it ran <{executed}>`,
{{download}}`the notebook without its outputs <{notebook}>`, {{download}}`its source as Python <{source}>`.
{fence}`"""


def _on_colab(repository: Source, fence: str) -> str:
    """The cell that a page needs before its first one where the package is not installed; empty without an address."""
    if not repository.colab(""):
        return ""
    return f"""
On Colab, which has not this package, run this in a new first cell:

{fence}text
!git clone -q --depth 1 -b {repository.branch} {repository.address} what-neurons-learn
%pip install -q --editable what-neurons-learn
import os, sys; sys.path.append(os.path.abspath("what-neurons-learn"))
{fence}
"""
