"""The source of a page: its title and the defaults of its parameters, read from its jupytext file.

Jupytext could read the file, but importing it takes longer than reading all pages does here, and every kernel would
have to wait for it. The pages use only the simplest form of the percent format; a test compares the result for each
page with jupytext's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages.parameters import assigned
from helpers.pages.repository import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
_NAME = re.compile(r"\w+/\w+")  # so a page cannot lie outside of notebooks/
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


class NoSuchPage(BadInput, FileNotFoundError):
    """There is no page of this name."""


class SourceError(BadInput):
    """The source of a page, or the table of contents, is not as it must be."""


@cache
def read(name: str) -> Page:
    """The page with this name.

    Raises NoSuchPage that names the missing source, and SourceError if the source has no title, no cell of parameters
    or a header that cannot be used.
    """
    source = NOTEBOOKS / f"{name}.py"
    if not _NAME.fullmatch(name):
        raise NoSuchPage(f"No page {name!r}: a name is a folder of notebooks/ and a file in it, study/01_title.")
    if not source.is_file():
        raise NoSuchPage(f"No page {name!r}: notebooks/{name}.py does not exist.")
    try:
        header, *split = _CELL.split(source.read_text("utf-8"))
        cells = [(mark, text.strip()) for mark, text in zip(split[::2], split[1::2], strict=True)]
        prose = [line for mark, text in cells if "[markdown]" in mark for line in text.splitlines()]
        code = [text for mark, text in cells if "[markdown]" not in mark]
        title = next((line for line in prose if line.startswith("# # ")), None)
        defaults = next((assigned(text) for mark, text in cells if '"parameters"' in mark), None)
    except (UnicodeDecodeError, SyntaxError) as error:
        raise SourceError(f"notebooks/{name}.py cannot be read: {error}.") from None
    if title is None:
        raise SourceError(f"notebooks/{name}.py has no title, a heading `# # Title` in a cell of text.")
    if defaults is None:
        raise SourceError(f'notebooks/{name}.py has no cell of parameters, `# %% tags=["parameters"]`.')
    try:
        return Page(
            name=name, title=title.removeprefix("# # "), code="\n".join(code), defaults=defaults, **_book(header)
        )
    except (TypeError, AttributeError, KeyError, yaml_files.NotReadable):
        known = ", ".join(entry.name for entry in fields(Page)[4:])
        raise SourceError(
            f"notebooks/{name}.py has a header that cannot be used; its entry book may have {known}."
        ) from None


def _book(header: str) -> dict[str, Any]:
    """The entry of a page's header that concerns the book."""
    text = "".join(line.removeprefix("# ") for line in header.splitlines(keepends=True)[1:-2])
    book: dict[str, Any] = yaml_files.parse(text, name="the header")["jupyter"].get("book", {})
    return book


def every() -> list[Page]:
    """All pages of the book, in the order of its table of contents (``_toc.yml``).

    Raises SourceError if this is no table of contents, and what :func:`read` raises.
    """
    toc = yaml_files.read(REPOSITORY / "_toc.yml")
    try:
        files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
        return [read(file) for file in files if "/" in file]  # pages lie in a folder, prose does not
    except (TypeError, KeyError) as error:
        raise SourceError(f"_toc.yml is no table of contents: parts with chapters that name files ({error}).") from None
