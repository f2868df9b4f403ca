"""What parsing a Python source tells of it, kept between processes by the source's content.

To parse all of ``helpers`` takes seconds, and each build, and each page that runs alone, would do so anew. What is kept
lies in one file of the user's cache folder; without a folder, or where that file is damaged, sources are parsed again.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from helpers.atomic_files import atomic_write
from helpers.cache import cache_folder

_MOST = 20_000  # sources that are kept; beyond that, those of this process alone


class Parsed(NamedTuple):
    """What a source is without its prose, and what it imports.

    digest: SHA-256 of its syntax tree without docstrings; comments and layout are not part of the tree.
    imports: the dotted names under ``helpers``; ``from helpers.x import y`` counts as x and as x.y.
    """

    digest: str
    imports: frozenset[str]


_used: dict[str, Parsed] = {}  # in this process, by the SHA-256 of the content
_new: set[str] = set()  # what of it is not kept yet


def parsed(content: bytes) -> Parsed:
    """What parsing a source tells, now or earlier. Raises SyntaxError or UnicodeDecodeError for what is no Python."""
    key = hashlib.sha256(content).hexdigest()
    if key not in _used:
        found = _kept().get(key)
        if found is None:
            tree = ast.parse(content.decode())
            found = Parsed(hashlib.sha256(without_prose(tree).encode()).hexdigest(), imports(tree))
            _new.add(key)
        _used[key] = found
    return _used[key]


def keep() -> None:
    """Keep what was parsed anew for later processes."""
    if not _new or (path := _file()) is None:
        return
    kept = _read(path)  # others may have written meanwhile
    content = {**(kept if len(kept) < _MOST else {}), **_used}
    _new.clear()
    with suppress(OSError), atomic_write(path) as partial:
        plain = {key: [one.digest, sorted(one.imports)] for key, one in content.items()}
        partial.write_text(json.dumps(plain), "utf-8")


def without_prose(tree: ast.Module) -> str:
    """A syntax tree without docstrings as text; the tree is changed."""
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if ast.get_docstring(node):
                del node.body[0]
    return ast.dump(tree)


def imports(tree: ast.AST) -> frozenset[str]:
    """The dotted names under ``helpers`` that a syntax tree imports (:class:`Parsed`)."""
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name for name in names if name.split(".")[0] == "helpers")


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements under a node. Expressions are skipped: they contain no imports and are most of a syntax tree."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


@cache
def _kept() -> dict[str, Parsed]:
    path = _file()
    return {} if path is None else _read(path)


def _file() -> Path | None:
    """Of this version of Python, whose trees are its own, and of this way of parsing; None where there is no folder."""
    way = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:10]
    with suppress(OSError):
        return cache_folder() / "sources" / f"{sys.implementation.cache_tag}-{way}.json"
    return None


def _read(path: Path) -> dict[str, Parsed]:
    try:
        content = json.loads(path.read_text("utf-8"))
        return {key: Parsed(str(digest), frozenset(names)) for key, (digest, names) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
