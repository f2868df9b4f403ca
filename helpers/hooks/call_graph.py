"""The graph of the calls that a network makes on an image (torch.fx): which layer or function takes what from which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import fx, nn

from helpers.errors import BadInput


class CannotTrace(BadInput):
    """A network whose calls cannot be followed, since they depend on more than its layers."""


class CallGraph(NamedTuple):
    """``ends`` maps every layer that runs, whole blocks included, to its last call, in the order in which they end."""

    module: fx.GraphModule
    ends: dict[str, fx.Node]


def call_graph(network: nn.Module, *, is_one_call: Callable[[nn.Module], bool]) -> CallGraph:
    """Trace a network; nothing is run.

    is_one_call: for which modules a call is a node of the graph, and what happens within is none. Layers of torch.nn
    itself, containers apart, always are.

    Raises CannotTrace for a network whose forward method asks for values, such as one that decides by a shape, and for
    one whose forward method was replaced on the object.
    """
    if "forward" in vars(network):  # torch.fx would follow the method of the class
        raise CannotTrace(f"{type(network).__name__} cannot be traced (its forward method was replaced)")
    tracer = _Tracer(is_one_call)
    try:
        graph = tracer.trace(network)
    except Exception as error:  # a forward method may do anything
        raise CannotTrace(f"{type(network).__name__} cannot be traced ({first_line(error)})") from None
    return CallGraph(fx.GraphModule(network, graph), tracer.ends)


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0]


class _Tracer(fx.Tracer):
    """Traces a network and notes which node every module ends with."""

    def __init__(self, is_one_call: Callable[[nn.Module], bool]) -> None:
        super().__init__()
        self.is_one_call = is_one_call
        self.ends: dict[str, fx.Node] = {}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return self.is_one_call(m) or super().is_leaf_module(m, module_qualified_name)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        result = super().call_module(m, forward, args, kwargs)
        if isinstance(result, fx.Proxy):
            name = self.path_of_module(m)
            self.ends.pop(name, None)  # a layer that runs more than once counts where it runs last
            self.ends[name] = result.node
        return result
