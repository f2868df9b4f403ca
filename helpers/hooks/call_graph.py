"""The graph of the calls that a network makes on an image (torch.fx): which layer or function takes what from which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from torch import fx, nn

from helpers.errors import BadInput, first_line
from helpers.hooks.modes import unchanged
from helpers.hooks.names import unwrapped


class CannotTrace(BadInput):
    """A network whose calls cannot be followed, since they depend on more than its layers."""


class CallGraph(NamedTuple):
    """``calls`` maps every layer that runs, whole blocks included, to the node that each of its calls ends with.

    Layers stand in the order in which their last calls end. A layer that gives out several tensors ends with the
    first of them; one that gives out none is missing.
    """

    module: fx.GraphModule
    calls: dict[str, list[fx.Node]]

    @property
    def ends(self) -> dict[str, fx.Node]:
        """The node that the last call of every layer ends with."""
        return {name: nodes[-1] for name, nodes in self.calls.items()}


def call_graph(network: nn.Module, *, is_one_call: Callable[[nn.Module], bool] = lambda module: False) -> CallGraph:
    """Trace a network that is called with images alone; nothing is run.

    is_one_call: for which modules a call is a node of the graph, and what happens within is none. Layers of torch.nn
    itself, containers apart, always are.

    Raises CannotTrace for a network whose forward method asks for values, such as one that decides by a shape, for
    one that needs more than images, and for one whose forward method was replaced on the object.
    """
    network = unwrapped(network)
    with unchanged(network):  # torch.fx keeps constants on the network, of which the graph's module takes its own
        tracer = _traced(network, is_one_call)
        return CallGraph(fx.GraphModule(tracer.root, tracer.graph), tracer.ends)


def call_counts(network: nn.Module) -> dict[nn.Module, int]:
    """How often each layer runs when the network sees images, as far as its calls can be followed without running it.

    Layers are missing that run inside of a layer of torch.nn, and all of a network that cannot be traced. The answer
    is remembered for as long as the network stays as it is.
    """
    state = fingerprint(network)
    known = _COUNTS.get(network)
    if known is None or known[0] != state:
        try:
            with unchanged(network):
                tracer = _traced(unwrapped(network), lambda module: next(module.children(), None) is None)
        except CannotTrace:
            counts = {}
        else:
            hidden = {inner for one in tracer.single for inner in one.modules() if inner is not one}
            counts = {module: count for module, count in tracer.counts.items() if module not in hidden}
        known = _COUNTS[network] = state, {id(module): count for module, count in counts.items()}
    return {module: known[1][id(module)] for module in network.modules() if id(module) in known[1]}


_COUNTS: WeakKeyDictionary[nn.Module, tuple[object, dict[int, int]]] = WeakKeyDictionary()


def fingerprint(network: nn.Module) -> object:
    """What tells whether a network may take another way than before: its layers, their modes, settings, methods."""
    return [
        (name, id(module), [(key, _plain(value)) for key, value in vars(module).items() if type(value) in _COMPARED])
        for name, module in network.named_modules()
    ]


_PLAIN = frozenset({bool, int, float, str, type(None)})
_COMPARED = _PLAIN | {tuple, list, FunctionType}


def _plain(value: Any) -> object:
    """A setting in a form that can be compared."""
    if type(value) in (tuple, list):
        return [part if type(part) in _PLAIN else id(part) for part in value]
    return value if type(value) in _PLAIN else id(value)


def _traced(network: nn.Module, is_one_call: Callable[[nn.Module], bool]) -> _Tracer:
    if "forward" in vars(network):  # torch.fx would follow the method of the class
        raise CannotTrace(f"{type(network).__name__} cannot be traced (its forward method was replaced)")
    tracer = _Tracer(is_one_call)
    try:
        tracer.graph = tracer.trace(network)
    except Exception as error:  # a forward method may do anything
        raise CannotTrace(f"{type(network).__name__} cannot be traced ({first_line(error)})") from None
    return tracer


class _Tracer(fx.Tracer):
    """Traces a network and notes which node every call of a module ends with."""

    def __init__(self, is_one_call: Callable[[nn.Module], bool]) -> None:
        super().__init__()
        self.is_one_call = is_one_call
        self.ends: dict[str, list[fx.Node]] = {}
        self.counts: Counter[nn.Module] = Counter()
        self.single: set[nn.Module] = set()  # modules that were not looked into

    def create_args_for_root(self, root_fn: Callable[..., Any], is_module: bool, concrete_args: Any = None) -> Any:
        # images alone: other parameters keep their defaults, where torch.fx would make unknowns of them
        del is_module, concrete_args
        return root_fn, [self.root, self.create_proxy("placeholder", "images", (), {})]

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        is_one = self.is_one_call(m) or super().is_leaf_module(m, module_qualified_name)
        if is_one:
            self.single.add(m)
        return is_one

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        result = super().call_module(m, forward, args, kwargs)
        self.counts[m] += 1
        first = _first(result)
        if isinstance(first, fx.Proxy):
            name = self.path_of_module(m)
            self.ends[name] = [*self.ends.pop(name, []), first.node]  # the order is that of the last calls
        return result


def _first(result: Any) -> Any:
    if isinstance(result, dict):
        result = tuple(result.values())
    return result[0] if isinstance(result, tuple | list) and result else result
