"""The API reference: a page per room of ``helpers`` that a reader would import, made by Sphinx from the docstrings."""

from __future__ import annotations

import ast

from helpers.pages import code_digest
from helpers.pages.repository import REPOSITORY

ROOMS = (
    "models",
    "hooks",
    "attribution",
    "ascent",
    "metrics",
    "data",
    "statistics",
    "training",
    "plots",
    "pages",
)
INDEX = "api"  # the page of the table of contents below which the rooms stand


def pages() -> dict[str, str]:
    """The pages in MyST Markdown, by their names: an index, and one for each room."""
    rooms = {f"{INDEX}/{room}": _room(room) for room in ROOMS}
    listed = "\n".join(f"| [`helpers.{room}`]({INDEX}/{room}.md) | {_summary(f'helpers.{room}')} |" for room in ROOMS)
    return {INDEX: f"{_INTRODUCTION}\n| Room | What is in it |\n| --- | --- |\n{listed}\n", **rooms}


def modules(room: str) -> list[str]:
    """The dotted names of a room's modules."""
    folder = REPOSITORY / "helpers" / room
    paths = (path.relative_to(REPOSITORY).with_suffix("") for path in sorted(folder.rglob("*.py")))
    return [".".join(path.parts) for path in paths if path.name != "__init__"]


def public(module: str) -> list[str]:
    """The functions and classes that a module offers, in the order in which it defines them."""
    defined = [node for node in _tree(module).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [node.name for node in defined if not node.name.startswith("_")]


def _room(room: str) -> str:
    found = modules(room)
    parts = [
        f"# helpers.{room}",
        _summary(f"helpers.{room}"),
        f"% {code_digest.digest_of_text(found)}",  # Sphinx reads a page again only when its text changes
    ]
    for module in found:
        short = module.removeprefix(f"helpers.{room}.")
        names = "\n   ".join(public(module))
        table = f".. currentmodule:: {module}\n\n.. autosummary::\n   :nosignatures:\n\n   {names}\n\n" if names else ""
        rst = f"{table}.. automodule:: {module}\n   :members:\n   :ignore-module-all:\n   :member-order: bysource\n"
        parts.append(f"## {short}\n\n```{{eval-rst}}\n{rst}```")
    return "\n\n".join(parts) + "\n"


def _summary(package: str) -> str:
    return (ast.get_docstring(_tree(f"{package}.__init__")) or "").split("\n")[0]


def _tree(module: str) -> ast.Module:
    return ast.parse((REPOSITORY / f"{module.replace('.', '/')}.py").read_text("utf-8"))


_INTRODUCTION = """\
# The package, room by room

What the pages call, you can call: `helpers` is a package of small modules, and these are the rooms that are of use
outside of the five studies. A module imports only from the floors below its own (the README shows the plan). Arrays
name their axes in the annotations: `Float[Tensor, "seed signal class"]` is a tensor of floating-point numbers whose
axes are seeds, signals and classes.
"""
