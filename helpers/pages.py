"""The source of a page: its title and the defaults of its parameters, read from its jupytext file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import yaml

from helpers.parameters import assigned
from helpers.repository import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"


@dataclass(frozen=True, kw_only=True)
class Page:
    """name: "jump_detection/02_multilayer_perceptrons"; saves, reads and sweep are what the page's header declares:
    the networks it leaves behind, the pages whose networks or verdicts it reads, the sweep whose table it shows.
    threads: how many it keeps busy; the small networks of most pages gain nothing from a second one.
    code: its code cells, one after the other."""

    name: str
    title: str
    code: str = field(repr=False)
    defaults: dict[str, Any]
    saves: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    sweep: str | None = None
    threads: int = 1

    @property
    def study(self) -> str:
        return self.name.split("/")[0]

    @property
    def source(self) -> Path:
        return NOTEBOOKS / f"{self.name}.py"


@cache
def read(name: str) -> Page:
    """The page of this name; raises FileNotFoundError that names the missing source."""
    source = NOTEBOOKS / f"{name}.py"
    if not source.is_file():
        raise FileNotFoundError(f"No page {name!r}: notebooks/{name}.py does not exist.")
    notebook = jupytext.read(source)
    title = next(
        line.removeprefix("# ").strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("# ")
    )
    defaults = next(assigned(cell.source) for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return Page(name=name, title=title, code=code, defaults=defaults, **notebook.metadata.get("book", {}))


def every() -> list[Page]:
    """All pages of the book, in the order of its table of contents (``_toc.yml``)."""
    toc = yaml.safe_load((REPOSITORY / "_toc.yml").read_text("utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [read(file) for file in files if "/" in file]  # prose has no folder
