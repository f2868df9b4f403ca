"""What code a page or a stage depends on: the closure of its imports, and one digest of its content.

Files are read, not run. The digest leaves out comments, docstrings and layout, so that an edit of prose changes
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from helpers.pages import parsed_sources
from helpers.pages.repository import REPOSITORY

# Data that a module reads at run time, besides the schema that has its name.
_DATA = {"helpers.models.pretrained.loading": "helpers/models/pretrained/embedded"}


def of_module(name: str) -> str:
    """The digest of a module of ``helpers`` ("helpers.data.images") and of everything it imports from ``helpers``."""
    return digest(closure({name}))


def stage_module(stage: str) -> str:
    """The dotted name of the module of a stage, "jump_detection/perceptrons"."""
    study, name = stage.split("/")
    return f"helpers.studies.{study}.stages.{name}"


def digest(files: Iterable[str]) -> str:
    """One SHA-256 of the names and contents of files (relative to the repository)."""
    sha = hashlib.sha256()
    for path in sorted(files):
        sha.update(f"{path}\n{_digest_of_file(path)}\n".encode())
    parsed_sources.keep()
    return sha.hexdigest()


def digest_of_text(modules: Iterable[str]) -> str:
    """One SHA-256 of the text of modules, docstrings and comments included."""
    sha = hashlib.sha256()
    for module in modules:
        sha.update((REPOSITORY / f"{module.replace('.', '/')}.py").read_bytes())
    return sha.hexdigest()


def closure(modules: Iterable[str]) -> frozenset[str]:
    """The files of ``helpers/`` (relative to the repository) that modules consist of, and all that these import."""
    files: set[str] = set()
    waiting = list(modules)
    while waiting:
        for path in _files(waiting.pop()):
            if path not in files:
                files.add(path)
                waiting += _imported_by(path)
    return frozenset(files)


def imports(source: str) -> frozenset[str]:
    """The dotted names under ``helpers`` that a source imports; ``from helpers.x import y`` counts as x and as x.y."""
    return parsed_sources.parsed(source.encode()).imports


@cache
def _digest_of_file(path: str) -> str:
    content = (REPOSITORY / path).read_bytes()
    if path.endswith(".py"):
        return parsed_sources.parsed(content).digest
    return hashlib.sha256(content).hexdigest()


@cache
def _imported_by(path: str) -> frozenset[str]:
    """What a file imports; cached, since many pages import the same files."""
    return parsed_sources.parsed((REPOSITORY / path).read_bytes()).imports if path.endswith(".py") else frozenset()


@cache
def _files(module: str) -> list[str]:
    """A module's own file, the ``__init__.py`` of its packages, and its data files."""
    parts = module.split(".")
    data = (REPOSITORY / _DATA[module]).glob("*") if module in _DATA else ()
    found = [path.relative_to(REPOSITORY).as_posix() for path in data]
    for depth in range(1, len(parts) + 1):
        folder = Path(*parts[:depth])
        for candidate in (folder / "__init__.py", folder.with_suffix(".py"), folder.with_suffix(".schema.json")):
            if (REPOSITORY / candidate).is_file():
                found.append(candidate.as_posix())
    return found
