"""The source of a page: its title and the defaults of its parameters, read from its jupytext file.

Jupytext could read the file, but importing it takes longer than reading all pages does here, and every kernel would
have to wait for it. The pages use only the simplest form of the percent format; a test compares the result for each
page with jupytext's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpers.pages.parameters import assigned
from helpers.pages.repository import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
_CELL = re.compile(r"^# %% ?(.*)\n", re.MULTILINE)  # a cell begins; the rest of the line says of which kind


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the book.

    name: "jump_detection/02_multilayer_perceptrons".
    title: its first heading.
    code: its code cells, joined.
    defaults: the default value of each parameter.
    stages: the stages whose artefacts it reads ("jump_detection/perceptrons"), as its header declares.
    reads: the pages whose verdicts it reads, as its header declares.
    sweep: the sweep whose table it shows, as its header declares.
    threads: how many threads it keeps busy; the small networks of most pages do not run faster with a second one.
    """

    name: str
    title: str
    code: str = field(repr=False)
    defaults: dict[str, Any]
    stages: list[str] = field(default_factory=list)
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
    """The page with this name; raises FileNotFoundError that names the missing source."""
    source = NOTEBOOKS / f"{name}.py"
    if not source.is_file():
        raise FileNotFoundError(f"No page {name!r}: notebooks/{name}.py does not exist.")
    header, *split = _CELL.split(source.read_text("utf-8"))
    cells = [(mark, text.strip()) for mark, text in zip(split[::2], split[1::2], strict=True)]
    prose = [line for mark, text in cells if "[markdown]" in mark for line in text.splitlines()]
    code = [text for mark, text in cells if "[markdown]" not in mark]
    title = next(line for line in prose if line.startswith("# # ")).removeprefix("# # ")
    defaults = next(assigned(text) for mark, text in cells if '"parameters"' in mark)
    metadata = yaml.safe_load("".join(line.removeprefix("# ") for line in header.splitlines(keepends=True)[1:-2]))
    book = metadata["jupyter"].get("book", {})
    return Page(name=name, title=title, code="\n".join(code), defaults=defaults, **book)


def every() -> list[Page]:
    """All pages of the book, in the order of its table of contents (``_toc.yml``)."""
    toc = yaml.safe_load((REPOSITORY / "_toc.yml").read_text("utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [read(file) for file in files if "/" in file]  # pages lie in a folder, prose does not
