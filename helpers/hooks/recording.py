"""Record what chosen layers of a network give out while it runs.

    with record(network, ["relus.0", "layers.1"]) as outputs:
        network(x)
    outputs["relus.0"]  # the output of that layer, a copy of its own

Layers go by the names of ``network.named_modules()``; before or after the non-linearity is a matter of the name. With
``stop=True`` the forward pass ends after the last layer needed, which leaves the ``with`` block at once: nothing after
that call inside the block is run.

By default outputs are detached copies. ``detach=False`` keeps their gradients, for an objective on a layer;
``clone=False`` spares the copy, for a statistic that is taken at once.

A non-linearity that is a function call, not a layer, has no such name. ``record_nodes`` takes the names that
torchvision's feature extraction gives to every call of a network that can be traced.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn
from torch.fx.proxy import TraceError
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from helpers.errors import BadInput


class UnknownLayer(BadInput):
    """A layer name that the network does not have."""


class StopForward(Exception):
    """Ends a forward pass that has nothing more to record."""


@contextmanager
def record(
    network: nn.Module, layers: Sequence[str], *, stop: bool = False, detach: bool = True, clone: bool = True
) -> Iterator[dict[str, Tensor]]:
    """A dictionary that fills with the output of each named layer whenever the network runs in the block.

    layers: names of ``network.named_modules()``. stop: end the forward pass, and the block, after the last of them.
    detach: cut the outputs off from their gradients.
    clone: copy the outputs. Without a copy, an output is the tensor that the network itself works on: where an
    in-place layer follows, such as ``ReLU(inplace=True)``, the recorded tensor then holds what that layer made of it.

    A layer that runs more than once leaves its last output. The network is as before when the block ends, also by an
    exception.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have, and TypeError for a
    layer whose output is not one tensor.
    """
    modules = {name: named_layer(network, name) for name in layers}
    outputs: dict[str, Tensor] = {}

    def note(name: str, output: object) -> None:
        if not isinstance(output, Tensor):
            raise TypeError(f"the layer {name} gives out a {type(output).__name__}, not a tensor")
        kept = output.detach() if detach else output
        outputs[name] = kept.clone() if clone else kept
        if stop and len(outputs) == len(modules):
            raise StopForward

    handles = [
        module.register_forward_hook(lambda _module, _input, output, name=name: note(name, output))
        for name, module in modules.items()
    ]
    try:
        yield outputs
    except StopForward:
        pass
    finally:
        for handle in handles:
            handle.remove()


def record_nodes(network: nn.Module, nodes: Sequence[str]) -> Callable[[Tensor], dict[str, Tensor]]:
    """A function from an input to the outputs of the named calls, also of calls that are no layers (``relu_1``).

    Names are those of torchvision's ``get_graph_node_names`` for the network in its present mode. Nothing is run that
    these calls do not need, nothing is hooked, and the outputs are detached copies.

    Raises UnknownLayer, with the nearest names, for a call that the network does not make, and TypeError for a network
    that cannot be traced.
    """
    modes = {module: module.training for module in network.modules()}  # tracing sets one for all
    try:
        known = get_graph_node_names(network, suppress_diff_warning=True)[0 if network.training else 1]
        for name in nodes:
            if name not in known:
                raise UnknownLayer(_unknown(name, known))
        extractor = create_feature_extractor(network, list(dict.fromkeys(nodes)), suppress_diff_warning=True)
    except (TraceError, TypeError) as error:
        raise TypeError(f"{type(network).__name__} cannot be traced ({error}); record its layers instead") from None
    finally:
        for module, training in modes.items():
            module.training = training
    (last,) = (node for node in extractor.graph.nodes if node.op == "output")
    for node in set(last.all_input_nodes):
        with extractor.graph.inserting_after(node):
            copy = extractor.graph.call_method("clone", (node,))
        last.replace_input_with(node, copy)
    extractor.recompile()
    return lambda x: {name: output.detach() for name, output in extractor(x).items()}


def named_layer(network: nn.Module, name: str) -> nn.Module:
    """The layer of that name. Raises UnknownLayer, with the nearest names, if there is none."""
    modules = dict(network.named_modules())
    if name not in modules:
        raise UnknownLayer(_unknown(name, list(modules)))
    return modules[name]


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"the nearest names are {', '.join(near)}" if near else f"its layers are {', '.join(filter(None, known))}"
    return f"the network has no layer {name!r}; {hint}"
