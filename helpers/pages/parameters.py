"""The parameters of a page: their types, and one clear sentence for a value that is refused.

papermill passes on whatever it is given: text instead of a number, or names that the page does not know. Each page
therefore gives the type of each of its parameters, and all are checked before anything is computed.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from IPython.core.getipython import get_ipython

from helpers.errors import BadInput

SCALES = ("smoke", "laptop", "paper")  # how much a page computes: a parameter of every page, from least to most


class ParameterError(BadInput):
    """A page was given a parameter that it cannot use."""


@runtime_checkable
class ParameterType(Protocol):
    """A type of parameter: ``check`` returns the value to use, or raises ParameterError."""

    def check(self, name: str, value: Any) -> Any: ...


def _refuse(name: str, value: Any, allowed: str) -> ParameterError:
    shown = f"the text {value!r}" if isinstance(value, str) else repr(value)
    return ParameterError(f"Parameter {name} is {shown}; allowed is {allowed}.")


@dataclass(frozen=True)
class Number:
    """A finite number between two bounds, both included."""

    low: float
    high: float

    def check(self, name: str, value: Any) -> float:
        allowed = f"a number from {self.low:g} to {self.high:g}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _refuse(name, value, allowed)
        if not self.low <= value <= self.high:
            raise _refuse(name, value, allowed)
        return float(value)


@dataclass(frozen=True)
class Integer:
    """A whole number between two bounds, both included."""

    low: int
    high: int

    def check(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise _refuse(name, value, f"a whole number from {self.low} to {self.high}")
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: Sequence[Any]

    def check(self, name: str, value: Any) -> Any:
        if not any(value == v and type(value) is type(v) for v in self.values):
            near = difflib.get_close_matches(str(value), [str(v) for v in self.values], n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise _refuse(name, value, f"one of {', '.join(str(v) for v in self.values)}{hint}")
        return value


@dataclass(frozen=True)
class String:
    """Any text; what it must name (a layer, a file) is for the page to check."""

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise _refuse(name, value, "a text")
        return value


def check(kinds: Mapping[str, ParameterType], given: Mapping[str, Any], injected: Sequence[str] = ()) -> dict[str, Any]:
    """The checked values of all parameters.

    kinds: the type of each parameter of the page.
    given: the page's variables.
    injected: the names that papermill was given.

    Raises ParameterError for an injected name that the page does not know, for a parameter that is not set, and for a
    value that its type refuses.
    """
    for name in injected:
        if name not in kinds:
            near = difflib.get_close_matches(name, kinds, n=1)
            hint = f"did you mean {near[0]}? Known" if near else "known"
            raise ParameterError(f"This page has no parameter {name}; {hint} are {', '.join(kinds)}.")
    for name in kinds:
        if name not in given:
            raise ParameterError(f"Parameter {name} is not set; run the page's parameters cell first.")
    return {name: kind.check(name, given[name]) for name, kind in kinds.items()}


def injected() -> list[str]:
    """The names that papermill gave a page. It puts them in a cell of their own, which begins with "# Parameters"."""
    shell = get_ipython()
    cells = shell.user_ns.get("In", []) if shell else []
    given = [cell for cell in cells if cell.startswith("# Parameters\n")]
    return list(assigned(given[-1])) if given else []


def assigned(source: str) -> dict[str, Any]:
    """The names and plain values that a parameters cell assigns (``name = literal``, also annotated).

    A name whose value is not a literal gets the value None; only its presence matters.
    """
    values: dict[str, Any] = {}
    for node in ast.parse(source).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name):
                value = getattr(node, "value", None)
                try:
                    values[target.id] = ast.literal_eval(value) if value is not None else None
                except ValueError:
                    values[target.id] = None
    return values
