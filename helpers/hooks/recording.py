"""Record what chosen layers of a network give out while it runs.

    with record(network, ["relus.0", "layers.1"]) as outputs:
        network(x)
    outputs["relus.0"]  # the output of that layer, a copy of its own

Layers go by the names of ``network.named_modules()``. With ``stop=True`` the forward pass ends after the last layer
needed, which leaves the ``with`` block at once: nothing after that call inside the block is run.
"""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn


class UnknownLayer(ValueError):
    """A layer name that the network does not have."""


class _Enough(Exception):
    """Ends a forward pass that has nothing more to record."""


@contextmanager
def record(network: nn.Module, layers: Sequence[str], *, stop: bool = False) -> Iterator[dict[str, Tensor]]:
    """A dictionary that fills with the output of each named layer whenever the network runs in the block.

    Outputs are detached copies, so an in-place operation further on does not change them; a layer that runs more
    than once leaves its last output. The network is as before when the block ends, also by an exception.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have, and TypeError for a
    layer whose output is not one tensor.
    """
    modules = dict(network.named_modules())
    for name in layers:
        if name not in modules:
            raise UnknownLayer(_unknown(name, list(modules)))
    outputs: dict[str, Tensor] = {}

    def note(name: str, output: object) -> None:
        if not isinstance(output, Tensor):
            raise TypeError(f"the layer {name} gives out a {type(output).__name__}, not a tensor")
        outputs[name] = output.detach().clone()
        if stop and len(outputs) == len(set(layers)):
            raise _Enough

    handles = [
        modules[name].register_forward_hook(lambda _module, _input, output, name=name: note(name, output))
        for name in dict.fromkeys(layers)
    ]
    try:
        yield outputs
    except _Enough:
        pass
    finally:
        for handle in handles:
            handle.remove()


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"the nearest names are {', '.join(near)}" if near else f"its layers are {', '.join(filter(None, known))}"
    return f"the network has no layer {name!r}; {hint}"
