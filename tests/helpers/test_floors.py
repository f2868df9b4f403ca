"""The floor plan: a module of helpers imports only from floors below its own, and from its own room on floor 0."""

import ast

import pytest

from helpers.pages.repository import REPOSITORY

# A module or package of helpers and its floor; README.md shows the same plan.
FLOORS = {
    "bad_input": -1,
    "whole_files": -1,
    "metrics": 0,
    "data": 0,
    "models": 0,
    "parameters": 0,
    "provenance": 0,
    "repository": 0,
    "hooks": 1,
    "flips": 1,
    "starts": 1,
    "trials": 1,
    "pages": 1,
    "training": 2,
    "ascent": 2,
    "image_ascent": 2,
    "plots": 2,
    "claims": 2,
    "sweeps": 2,
    "recipes": 3,
    "fragment_training": 3,
    "pattern_training": 3,
    "runs": 3,
    "subjects": 4,
}
MODULES = sorted((REPOSITORY / "helpers").rglob("*.py"))


def room(dotted: str) -> str:
    return dotted.split(".")[1]


def imported(source: str) -> set[str]:
    """The rooms of helpers that a source imports from."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "helpers":
            names |= {f"helpers.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {room(name) for name in names if name.startswith("helpers.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(REPOSITORY / "helpers")))
def test_imports_point_down(path):
    relative = path.relative_to(REPOSITORY / "helpers").with_suffix("")
    if relative.parts == ("__init__",):
        return
    own = relative.parts[0]
    assert own in FLOORS, f"{own} has no floor: give it one here and in README.md, or put it into a room"
    for other in imported(path.read_text("utf-8")) - {own}:
        assert FLOORS[other] < FLOORS[own], f"{relative} (floor {FLOORS[own]}) imports {other} (floor {FLOORS[other]})"


def test_packages_say_what_they_hold_and_import_none_of_it():
    for path in MODULES:
        if path.name == "__init__.py":
            source = path.read_text("utf-8")
            assert ast.get_docstring(ast.parse(source)), path
            assert not imported(source), f"{path} does more than describe its package"
