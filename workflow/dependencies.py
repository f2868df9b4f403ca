"""Which files of ``helpers/`` a page depends on: the closure of its imports, read without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from helpers.pages.repository import REPOSITORY
from helpers.pages.sources import Page

# What a module reads at run time, besides the schema of its own name.
_DATA = {"helpers.models.pretrained.loading": "helpers/models/pretrained/embedded"}


def of_page(page: Page) -> tuple[str, ...]:
    """The files of ``helpers/`` (relative to the repository) that a page's cells import, directly or not."""
    return tuple(sorted(_closure(_imports(page.code))))


def ask_for_assets(files: Iterable[str]) -> bool:
    """Whether what a page shows depends on the folder HELPERS_ASSETS: one of the files that it imports looks there."""
    return any("HELPERS_ASSETS" in _text(path) for path in files if path.endswith(".py"))


def _closure(modules: set[str]) -> set[str]:
    files: set[str] = set()
    waiting = list(modules)
    while waiting:
        for path in _files(waiting.pop()):
            if path not in files:
                files.add(path)
                waiting += _imported_by(path)
    return files


@cache
def _imported_by(path: str) -> frozenset[str]:
    """What a file imports; most files are imported by many pages."""
    return frozenset(_imports(_text(path)) if path.endswith(".py") else ())


@cache
def _text(path: str) -> str:
    return (REPOSITORY / path).read_text("utf-8")


def _imports(code: str) -> set[str]:
    """Dotted names under ``helpers`` that a source imports; ``from helpers.x import y`` counts as x and x.y."""
    names: set[str] = set()
    for node in _statements(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "helpers"}


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements under a node; no import hides in an expression, and most of a syntax tree is expressions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


@cache
def _files(module: str) -> list[str]:
    """A module's own file, the ``__init__.py`` of its packages, and the data that lie beside it."""
    parts = module.split(".")
    data = (REPOSITORY / _DATA[module]).glob("*") if module in _DATA else ()
    found = [path.relative_to(REPOSITORY).as_posix() for path in data]
    for depth in range(1, len(parts) + 1):
        folder = Path(*parts[:depth])
        for candidate in (
            folder / "__init__.py",
            folder.with_suffix(".py"),
            folder.with_suffix(".schema.json"),
        ):
            if (REPOSITORY / candidate).is_file():
                found.append(candidate.as_posix())
    return found
