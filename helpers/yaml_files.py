"""Files that users write, YAML or JSON, read in one way: by the rules of YAML 1.2.

So ``no``, ``on`` and ``2024-01-01`` are texts, and ``1e-5`` is a number. What YAML would pass over in silence is
refused: a key that is given twice.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import BadInput
from helpers.user_paths import shown

_LARGEST = 16 * 2**20  # bytes; what people write by hand is far below
_DEEPEST = 5_000  # levels; the C library would follow them until its stack is full, which ends the process
_TYPE = "tag:yaml.org,2002:"  # how the tags of YAML's own types begin
_MOST = 10**6  # values, counted wherever an alias repeats them


class NotReadable(BadInput):
    """A file, or a text, that is no YAML (or JSON) or cannot be read. The message is one sentence that names it."""


class _Loader(yaml.CSafeLoader):
    """The C library's parser, which is nine times as fast as one in Python, with the types of YAML 1.2's core schema.

    By itself it would take types from YAML 1.1, and the last one of several values with the same key.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own declaration

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        given: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == f"{_TYPE}merge":
                continue  # the first is refused below, as nothing to look up by
            key = self.construct_object(key_node)
            if key in given:
                problem = f"the key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            given.add(key)
        return super().construct_mapping(node, deep)

    def whole_number(self, node: yaml.ScalarNode) -> int:
        text = str(self.construct_scalar(node))
        return int(text, {"0o": 8, "0x": 16}.get(text.lower()[:2], 10))

    def number(self, node: yaml.ScalarNode) -> float:
        return float(re.sub(r"\.(?=inf|nan)", "", str(self.construct_scalar(node)).lower()))


_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
for _tag, _pattern, _first in (  # the core schema; what comes first of patterns that fit is the type
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    ("float", _FLOAT, [*"-+.0123456789"]),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"{_TYPE}{_tag}", re.compile(f"^(?:{_pattern})$"), _first)
_Loader.yaml_constructors = {
    **_Loader.yaml_constructors,
    f"{_TYPE}int": _Loader.whole_number,
    f"{_TYPE}float": _Loader.number,
    f"{_TYPE}timestamp": _Loader.construct_yaml_str,
}


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
        if _depth_at_most(text) > _DEEPEST and _is_deeper(text, _DEEPEST):
            raise NotReadable(f"{name} is nested too deeply.")
        content = yaml.load(text, Loader=_Loader)
        if _count(content, {}) > _MOST:
            raise NotReadable(f"{name} has more than {_MOST:,} values, or an alias within itself.")
        return content
    except NotReadable:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = " ".join(str(error.problem or error.context or "").split())
        raise NotReadable(f"{name} is not YAML{place}: {problem}.") from None
    except RecursionError:
        raise NotReadable(f"{name} is nested too deeply.") from None
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:  # a character that YAML has not, an odd number
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


def _depth_at_most(text: str) -> int:
    """No value of a YAML text lies deeper than this, which is found at once."""
    openings = (len(opening) for opening in re.findall(r"^[ \t?:-]+", text, flags=re.MULTILINE))
    return text.count("[") + text.count("{") + 2 * max(openings, default=0)


def _is_deeper(text: str, levels: int) -> bool:
    """Whether a value of a YAML text lies deeper than so many levels; reads no further than there."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > levels:
            return True
    return False


def _count(content: Any, counted: dict[int, float]) -> float:
    """How many values there are where every alias is followed: a few lines of aliases can stand for billions."""
    if not isinstance(content, dict | list | set):
        return 1
    if id(content) not in counted:
        counted[id(content)] = math.inf  # for one that holds itself
        inner = [*content, *content.values()] if isinstance(content, dict) else content
        counted[id(content)] = 1 + sum(_count(one, counted) for one in inner)
    return counted[id(content)]


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
