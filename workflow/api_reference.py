"""The API reference: one page per room of ``helpers`` that readers may import; Sphinx makes it from the docstrings."""

from __future__ import annotations

import ast
from pathlib import Path

from helpers.pages import code_digest
from helpers.pages.repository import REPOSITORY

ROOMS = (
    "units",
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
INDEX = "api"  # the page of the table of contents that the pages of the rooms belong to


def pages() -> dict[str, str]:
    """The pages in MyST Markdown, by name: an index, and one page per room."""
    rooms = {f"{INDEX}_{room}": _room(room) for room in ROOMS}
    listed = "\n".join(f"| [`helpers.{room}`]({INDEX}_{room}.md) | {_summary(f'helpers.{room}')} |" for room in ROOMS)
    return {INDEX: f"{_INTRODUCTION}\n| Room | What is in it |\n| --- | --- |\n{listed}\n", **rooms}


def modules(room: str) -> list[str]:
    """The dotted names of a room's modules; modules of a folder follow the folder, as of a room that is one door."""
    folder = REPOSITORY / "helpers" / room
    is_door = bool(_taken(f"helpers.{room}"))
    paths = [path for path in folder.rglob("*.py") if is_door or path != folder / "__init__.py"]
    return sorted(
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__") for path in paths
    )


def public(module: str) -> list[str]:
    """The public names of a module, in the order of their definition; for a package, the names that it offers.

    A package offers names that it imports from its modules. Such a name is not repeated for its module.
    """
    defined = [node.name for node in _tree(module).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    elsewhere = _taken(module.rpartition(".")[0]).get(module, [])
    here = [name for names in _taken(module).values() for name in names]
    return [name for name in here + defined if not name.startswith("_") and name not in elsewhere]


def _room(room: str) -> str:
    found = modules(room)
    parts = [
        f"# helpers.{room}",
        _summary(f"helpers.{room}"),
        f"% {_digest(found)}",  # Sphinx reads a page again only if its text changes
    ]
    for module in found:
        names = public(module)
        rst = [".. automodule:: " + module]
        if names:
            table = [f"   {name}" for name in names]
            rst = [f".. currentmodule:: {module}", "", ".. autosummary::", "   :nosignatures:", "", *table, "", *rst]
            rst += [f"   :members: {', '.join(names)}", "   :member-order: bysource"]
        parts.append("\n".join([f"## {module.removeprefix(f'helpers.{room}.')}", "", "```{eval-rst}", *rst, "```"]))
    return "\n\n".join(parts) + "\n"


def _taken(package: str) -> dict[str, list[str]]:
    """The names that a package imports from its own modules, by module; empty for a module."""
    if not _path(package).name.startswith("__init__"):
        return {}
    imports = [node for node in _tree(package).body if isinstance(node, ast.ImportFrom)]
    return {str(node.module): [alias.name for alias in node.names] for node in imports}


def _summary(module: str) -> str:
    return (ast.get_docstring(_tree(module)) or "").split("\n")[0]


def _digest(found: list[str]) -> str:
    files = (_path(module).relative_to(REPOSITORY).with_suffix("") for module in found)
    return code_digest.digest_of_text(".".join(file.parts) for file in files)


def _tree(module: str) -> ast.Module:
    return ast.parse(_path(module).read_text("utf-8"))


def _path(module: str) -> Path:
    path = REPOSITORY / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


_INTRODUCTION = """\
# The package, room by room

What the pages call, you can call: `helpers` is a package of small modules, and these are the rooms that are of use
outside of the five studies. A module imports only from the floors below its own (the README shows the plan). Arrays
name their axes in the annotations: `Float[Tensor, "seed signal class"]` is a tensor of floating-point numbers whose
axes are seeds, signals and classes.
"""
