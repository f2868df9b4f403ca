"""Record what chosen layers of a network give out while it runs.

    with record(network, ["relus.0", "layers.1"]) as outputs:
        network(x)
    outputs["relus.0"]  # the output of that layer, a copy of its own

Layers go by the names of ``network.named_modules()``; before or after the non-linearity is a matter of the name. With
``stop=True`` the forward pass ends after the last call needed, which leaves the ``with`` block at once: nothing after
that call inside the block is run.

**A layer that runs more than once** has its calls numbered from 0 in every run of the network. What counts is the last
call, or the one that ``call`` says: a number (-1 is the last), or ``"all"`` for a list with one output per call. That
is the same with and without ``stop``, and in every function of this package that takes ``call``.

Of a layer that gives out several tensors (an LSTM, attention, pooling with indices; a tuple, list or dictionary), the
first is recorded.

By default outputs are detached copies. ``detach=False`` keeps their gradients, for an objective on a layer;
``clone=False`` spares the copy. ``keep`` is a function that is called as each layer ends, for a statistic that is taken
at once: what it returns is recorded, and no output is held.

A non-linearity that is a function call, not a layer, has no such name. ``record_nodes`` takes the names that
torchvision's feature extraction gives to every call of a network that can be traced.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DataParallel
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from helpers.errors import BadInput, first_line
from helpers.hooks.call_graph import CannotTrace, call_counts
from helpers.hooks.modes import uncompiled
from helpers.hooks.names import (
    CannotLookInside,
    UnknownLayer,
    chosen_layers,
    named_layer,
    named_layers,
    unknown_layer,
    unwrapped,
)

__all__ = ["NoOutput", "StopForward", "UnknownLayer", "first_tensor", "named_layer", "record", "record_nodes"]

Call = int | str  # a number, "last" or "all"


class NoOutput(BadInput):
    """A layer that gives out no tensor, did not run, or not as often as was asked for."""


class StopForward(Exception):
    """Ends a forward pass that has nothing more to record."""


class Recorded(dict[str, Any]):
    """Layer -> its output (a list of outputs where all calls were asked for). Says what is the case of others."""

    def __init__(self, layers: Iterable[str], call: Call) -> None:
        super().__init__()
        self.layers, self.call, self.counts = frozenset(layers), call, Counter[str]()

    def __missing__(self, name: str) -> Any:
        if name not in self.layers:
            raise KeyError(name)
        raise NoOutput(no_call(name, self.counts[name], self.call))


@contextmanager
def record(
    network: nn.Module,
    layers: Iterable[str],
    *,
    call: Call = "last",
    stop: bool = False,
    detach: bool = True,
    clone: bool = True,
    keep: Callable[[str, Tensor], Any] | None = None,
) -> Iterator[Recorded]:
    """A dictionary that fills with the output of each named layer whenever the network runs in the block.

    layers: names of ``network.named_modules()``.
    call: which call of a layer that runs more than once: "last", a number (0 is the first, -1 the last), or "all" for
    a list of all outputs. stop: end the forward pass, and the block, after the last call needed; where this cannot be
    known before (:func:`helpers.hooks.call_graph.call_counts`), after the whole run of the network.
    detach: cut the outputs off from their gradients.
    clone: copy the outputs. Without a copy, an output is the tensor that the network itself works on: where an
    in-place layer follows, such as ``ReLU(inplace=True)``, the recorded tensor then holds what that layer made of it.
    keep: from the name of a layer and its output, which is cut off from its gradients if ``detach`` and not copied, to
    what is recorded in its place.

    A new run of the network replaces what the one before left. The network is as before when the block ends, also by
    an exception. Compiled code runs uncompiled in the block.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have, CannotLookInside for one
    whose calls cannot be seen (TorchScript, several GPUs), and NoOutput for a layer that gives out no tensor. The
    dictionary raises NoOutput, when asked, for a layer that did not run, or not as often as ``call`` says.
    """
    recorder = _Recorder(network, layers, call, stop)

    def kept(name: str, output: Tensor) -> Any:
        output = output.detach() if detach else output
        if keep is not None:
            return keep(name, output)
        return output.clone() if clone else output

    recorder.keep = kept
    with uncompiled(network):
        try:
            recorder.hook()
            yield recorder.outputs
        except StopForward:
            pass
        finally:
            recorder.unhook()


def no_call(name: str, count: int, call: Call) -> str:
    """The sentence on a call that a layer does not have, which ran ``count`` times."""
    if not count:
        return f"the layer {name} does not run when the network sees an image"
    numbers = f"calls go from 0 to {count - 1}" if count > 1 else "its only call is 0"
    return f"the layer {name} has no call {call}; {numbers}, and -1 is the last"


def first_tensor(output: object, name: str) -> Tensor:
    """The output of a layer, the first one where it gives out several.

    Raises NoOutput for an output that is no tensor, and none whose first part is one.
    """
    first: object = tuple(output.values()) if isinstance(output, dict) else output
    if isinstance(first, tuple | list) and first:
        first = first[0]
    if not isinstance(first, Tensor):
        raise NoOutput(
            f"the layer {name} gives out a {type(output).__name__}; allowed are a tensor, and a tuple, list or "
            "dictionary that begins with one"
        )
    return first


def _number(call: Call) -> int:
    """The number of a call that is not "all"; -1 is the last."""
    if call == "last":
        return -1
    if isinstance(call, bool) or not isinstance(call, int):
        raise BadInput(f'call = {call!r}; allowed are "last", "all" and numbers')
    return call


class _Recorder:
    """The hooks of one ``with`` block, and how often each layer has run in the present run of the network."""

    keep: Callable[[str, Tensor], Any]  # from a layer and its output to what is recorded

    def __init__(self, network: nn.Module, layers: Iterable[str], call: Call, stop: bool) -> None:
        if isinstance(layers, str):
            raise BadInput(f"layers takes a list of names: [{layers!r}]")
        if isinstance(network, DataParallel) and len(network.device_ids) > 1:
            raise CannotLookInside("a network on several GPUs cannot be looked into; give what it wraps, its .module")
        self.modules = chosen_layers(network, layers)
        self.outputs = Recorded(self.modules, call)
        self.root, self.stop = unwrapped(network), stop
        self.number = None if call == "all" else _number(call)
        self.needed = self._needed() if stop else {}
        self.running = 0  # runs of the network that have begun and not ended: it may call itself
        self.latest: dict[str, deque[Any]] = {}
        self.handles: list[Any] = []

    def _needed(self) -> dict[str, int]:
        """How many calls of each layer to wait for; layers are missing where that is not known."""
        if self.number is not None and self.number >= 0:
            return dict.fromkeys(self.modules, self.number + 1)
        counts = call_counts(self.root)
        return {name: counts[module] for name, module in self.modules.items() if module in counts}

    def hook(self) -> None:
        self.handles.append(self.root.register_forward_pre_hook(lambda _module, _inputs: self.begin()))
        for name, module in self.modules.items():
            hook = module.register_forward_hook(lambda _module, _inputs, output, name=name: self.note(name, output))
            self.handles.append(hook)
        end = self.root.register_forward_hook(lambda _module, _inputs, output: self.end(output), always_call=True)
        self.handles.append(end)

    def unhook(self) -> None:
        for handle in self.handles:
            handle.remove()

    def begin(self) -> None:
        self.running += 1
        if self.running == 1:
            self.outputs.clear()
            self.latest.clear()
            self.outputs.counts.clear()

    def end(self, output: object) -> None:
        self.running -= 1
        if self.stop and not self.running and output is not None:  # there is none where the run ends by an exception
            raise StopForward

    def note(self, name: str, output: object) -> None:
        tensor = first_tensor(output, name)
        number = self.outputs.counts[name]
        self.outputs.counts[name] += 1
        if self.number is None:
            self.outputs.setdefault(name, []).append(self.keep(name, tensor))
        elif self.number < 0:
            self._keep_latest(name, tensor, -self.number)
        elif self.number == number:
            self.outputs[name] = self.keep(name, tensor)
        if self.needed and all(self.outputs.counts[each] >= self.needed.get(each, 1 << 62) for each in self.modules):
            raise StopForward

    def _keep_latest(self, name: str, tensor: Tensor, count: int) -> None:
        """Hold this many of the last outputs; the first of them is the call, counted from the end."""
        latest = self.latest.setdefault(name, deque(maxlen=count))
        latest.append(self.keep(name, tensor))
        if len(latest) == count:
            self.outputs[name] = latest[0]


def record_nodes(
    network: nn.Module, nodes: Iterable[str], *, call: Call = "last"
) -> Callable[[Tensor], dict[str, Any]]:
    """A function from an input to the outputs of the named calls, also of calls that are no layers (``relu_1``).

    Names are those of torchvision's ``get_graph_node_names`` for the network in its present mode. The name of a layer
    that runs more than once means the call that ``call`` says, as in :func:`record`. Nothing is run that these calls
    do not need, nothing is hooked, and the outputs are detached copies.

    Raises UnknownLayer, with the nearest names, for a call that the network does not make, NoOutput for a call that a
    layer does not have, and CannotTrace for a network that cannot be traced.
    """
    network = unwrapped(network)
    modes = {module: module.training for module in network.modules()}  # tracing sets one for all
    try:
        known = get_graph_node_names(network, suppress_diff_warning=True)[0 if network.training else 1]
        wanted = {name: _calls(name, known, named_layers(network), call) for name in nodes}
        flat = list(dict.fromkeys(node for some in wanted.values() for node in some))
        extractor = create_feature_extractor(network, flat, suppress_diff_warning=True)
    except BadInput:
        raise
    except Exception as error:  # a forward method may do anything
        raise CannotTrace(
            f"{type(network).__name__} cannot be traced ({first_line(error)}); record its layers instead"
        ) from None
    finally:
        for module, training in modes.items():
            module.training = training
    (last,) = (node for node in extractor.graph.nodes if node.op == "output")
    for node in set(last.all_input_nodes):
        with extractor.graph.inserting_after(node):
            copy = extractor.graph.call_method("clone", (node,))
        last.replace_input_with(node, copy)
    extractor.recompile()

    def run(x: Tensor) -> dict[str, Any]:
        found = {name: output.detach() for name, output in extractor(x).items()}
        outputs = {name: [found[node] for node in some] for name, some in wanted.items()}
        return outputs if call == "all" else {name: some[0] for name, some in outputs.items()}

    return run


def _calls(name: str, known: list[str], layers: dict[str, nn.Module], call: Call) -> list[str]:
    """The nodes that a name means: one, or all calls of a layer."""
    if name not in known:
        raise UnknownLayer(unknown_layer(name, known))
    if name not in layers:
        return [name]
    nodes = [name]  # torchvision numbers further calls
    while (following := f"{name}_{len(nodes)}") in known and following not in layers:
        nodes.append(following)
    if call == "all":
        return nodes
    number = _number(call)
    if not -len(nodes) <= number < len(nodes):
        raise NoOutput(no_call(name, len(nodes), call))
    return [nodes[number]]
