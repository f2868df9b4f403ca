"""What layers take: the tensor that a layer is called with, for those before which no module of one name stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from helpers.hooks.names import named_layer


@contextmanager
def layer_inputs(
    network: nn.Module, layers: Iterable[str], *, keep: Callable[[str, Tensor], Any] | None = None
) -> Iterator[dict[str, Any]]:
    """A dictionary that fills with the first argument of each named layer whenever the network runs in the block.

    keep: from the name of a layer and its input to what is kept in its place.

    Raises UnknownLayer, with the nearest names, for a layer that the network does not have.
    """
    found: dict[str, Any] = {}

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def seen(module: nn.Module, arguments: tuple[Any, ...]) -> None:
            x = arguments[0].detach()
            found[name] = x.clone() if keep is None else keep(name, x)

        return seen

    handles = [named_layer(network, name).register_forward_pre_hook(hook(name)) for name in layers]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
