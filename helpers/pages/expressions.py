"""Expressions of ``claims.yml`` over a study's printed values: "l2 >= l1", "abs(mean - 1/3) < 0.01".

Jinja's sandbox evaluates them: arithmetic, comparisons, ``and``, ``or``, ``not``, lists, and the functions below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from helpers.errors import BadInput

_FUNCTIONS = {
    **{f.__name__: f for f in (abs, all, any, len, max, min, round, sorted, sum)},
    **{f.__name__: f for f in (math.exp, math.log, math.sqrt)},
    "pi": math.pi,
}


class ExpressionError(BadInput):
    """An expression cannot be read or has no value."""


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals = dict(_FUNCTIONS)
    return environment


_ENVIRONMENT = _environment()


def names(text: str) -> set[str]:
    """The names in an expression that are no functions; raises ExpressionError if it cannot be read."""
    try:
        _ENVIRONMENT.compile_expression(text)
        return meta.find_undeclared_variables(_ENVIRONMENT.parse(f"{{{{ {text} }}}}")) - _FUNCTIONS.keys()
    except TemplateError as error:
        raise ExpressionError(f"{text!r} is no expression: {error.message}.") from None


def value(text: str, given: Mapping[str, Any]) -> Any:
    """The value of an expression for these names; raises ExpressionError if it has none."""
    try:
        return _ENVIRONMENT.compile_expression(text, undefined_to_none=False)(**given)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise ExpressionError(f"{text!r} has no value for {', '.join(given)}: {error}.") from None
