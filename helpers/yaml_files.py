"""Files that users write, YAML or JSON, read in one way: by the rules of YAML 1.2.

So ``no``, ``on`` and ``2024-01-01`` are texts, and ``1e-5`` is a number. What YAML would pass over in silence is
refused: a key that is given twice.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode

from helpers.errors import BadInput
from helpers.user_paths import shown

_LARGEST = 16 * 2**20  # bytes; what people write by hand is far below
_MOST = 10**6  # values, counted wherever an alias repeats them


class NotReadable(BadInput):
    """A file, or a text, that is no YAML (or JSON) or cannot be read. The message is one sentence that names it."""


def read(path: Path) -> Any:
    """The content of a file: JSON if its name ends in ``.json``, else YAML. A byte order mark is passed over.

    Raises NotReadable for a file that is missing, no regular file, larger than 16 MiB, not in UTF-8,
    or not well formed.
    """
    name = shown(path)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotReadable(f"{name} is not a regular file.")
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise NotReadable(f"There is no file {name}.") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise NotReadable(f"{name} cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    if len(content) > _LARGEST:
        raise NotReadable(f"{name} is larger than {_LARGEST // 2**20} MiB; a file written by hand is smaller.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable(f"{name} is not in UTF-8; save it in that encoding.") from None
    return parse_json(text, name=name) if path.suffix.lower() == ".json" else parse(text, name=name)


def read_valid(path: Path, schema: Mapping[str, Any], *, name: str) -> Any:
    """The content of a file that fits a JSON schema; ``name`` is what sentences on faults call it.

    Raises NotReadable for a file that :func:`read` refuses, and for the first fault against the schema.
    """
    from jsonschema import Draft202012Validator  # imported here because most files have no schema

    content = read(path)
    fault = next(iter(Draft202012Validator(schema).iter_errors(content)), None)
    if fault is not None:
        place = "/".join(map(str, fault.absolute_path)) or "the file"
        raise NotReadable(f"{name}: {place}: {fault.message[:200]}.")
    return content


def parse(text: str, *, name: str) -> Any:
    """What a YAML text says. ``name`` stands for the text in the sentence of a NotReadable."""
    try:
        content = _loader().load(text)
        if _count(content, {}) > _MOST:
            raise NotReadable(f"{name} has more than {_MOST:,} values, or an alias within itself.")
        return content
    except NotReadable:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = " ".join(str(error.problem or error.context or "").split())
        raise NotReadable(f"{name} is not YAML{place}: {problem}.") from None
    except RecursionError:
        raise NotReadable(f"{name} is nested too deeply.") from None
    except (YAMLError, ValueError, ArithmeticError) as error:  # a character that YAML does not allow, an odd number
        raise NotReadable(f"{name} is not YAML: {' '.join(str(error).split())}.") from None


def parse_json(text: str, *, name: str) -> Any:
    """What a JSON text says, under the same rules. ``name`` stands for the text in the sentence of a NotReadable."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise NotReadable(f"{name} is not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise NotReadable(f"{name} is nested too deeply.") from None
    except ValueError as error:
        raise NotReadable(f"{name} is not JSON: {error}.") from None


def _loader() -> YAML:
    loader = YAML(typ="safe", pure=True)  # 1.2; the C library that the other one uses knows 1.1 alone
    loader.allow_duplicate_keys = False
    loader.constructor.yaml_constructors = {
        **loader.constructor.yaml_constructors,
        "tag:yaml.org,2002:timestamp": _as_text,
    }
    return loader


def _count(content: Any, counted: dict[int, float]) -> float:
    """How many values there are where every alias is followed: a few lines of aliases can stand for billions."""
    if not isinstance(content, dict | list | set):
        return 1
    if id(content) not in counted:
        counted[id(content)] = math.inf  # for one that holds itself
        inner = [*content, *content.values()] if isinstance(content, dict) else content
        counted[id(content)] = 1 + sum(_count(one, counted) for one in inner)
    return counted[id(content)]


def _as_text(_constructor: object, node: ScalarNode) -> str:
    return str(node.value)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to is opened at once, too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
