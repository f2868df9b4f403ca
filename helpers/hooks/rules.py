"""One call of an operation of torch, and the table of rules that say what it does to what entries see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from helpers.hooks.bounds import Bounds, Seen


class NotKnown(Exception):
    """An operation, or a use of one, that no rule covers."""


class Call:
    """One call of an operation: its arguments by name, its first output, and what is known of its inputs."""

    def __init__(self, func: Any, args: tuple, kwargs: dict[str, Any], output: Any, seen: Seen) -> None:
        schema = func._schema.arguments
        self.args, self.kwargs = args, {name: value for name, value in kwargs.items() if name != "out"}
        self.func, self.seen, self.name = func, seen, func.overloadpacket.__name__
        self.given = {arg.name: arg.default_value for arg in schema if arg.has_default_value()}
        self.given |= {arg.name: value for arg, value in zip(schema, args, strict=False)} | kwargs
        self.given.pop("out", None)
        self.output: Tensor = output[0] if isinstance(output, tuple | list) else output
        self.shape = tuple(self.output.shape)

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def first(self, *names: str) -> Any:
        """The argument under the first of these names that the operation has; None without one."""
        return next((self.given[name] for name in names if name in self.given), None)

    @property
    def source(self) -> Tensor:
        """The tensor that most operations are about."""
        return self.first("self", "input", "query", "src")

    @property
    def looking(self) -> Bounds:
        """The bounds of that tensor, which alone must look at the image."""
        if len(self.tracked()) > 1 or (bounds := self.seen.get(self.source)) is None:
            raise NotKnown
        return bounds

    def tracked(self) -> list[Bounds]:
        leaves = [leaf for leaf in pytree.tree_leaves(self.given) if isinstance(leaf, Tensor)]
        return [bounds for leaf in leaves if (bounds := self.seen.get(leaf)) is not None]


Rule = Callable[[Call], Bounds]
RULES: dict[str, Rule] = {}  # name of an operation -> its rule


def rule(*names: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return add
