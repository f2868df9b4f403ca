"""Which layer gives a pooling what it takes: by the tensor that is handed on, not by the order of layers."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from helpers.errors import first_line
from helpers.hooks.input_channels import channels
from helpers.hooks.modes import inspecting
from helpers.hooks.names import hookable, unwrapped
from helpers.hooks.receptive_fields import FieldError, points
from helpers.hooks.recording import NoOutput, first_tensor
from helpers.hooks.windows import Span, pair


class Feed(NamedTuple):
    """One call of a pooling, and the call of the layer whose output it takes. Calls are numbered from 0."""

    pool: str
    call: int
    layer: str
    layer_call: int


def fed_by(network: nn.Module, size: int | Span = 224) -> dict[str, str]:
    """Name of each max pooling -> name of the layer whose output its last call takes; see :func:`feeds`."""
    return {feed.pool: feed.layer for feed in feeds(network, size)}


def feeds(network: nn.Module, size: int | Span = 224) -> list[Feed]:
    """What every max pooling that is a layer takes, for images of this size, in the order of the calls.

    Of several layers that hand on one tensor as it is (a block and its last layer, Dropout in eval mode), the first is
    named; a layer that changes it in place, such as ``ReLU(inplace=True)``, gives its own. A pooling that takes what a
    function made, and no layer, is left out. The pooling itself, ``network.get_submodule(pool)``, has its kernel,
    stride, padding, dilation and ``ceil_mode``, and can be called on what the layer gives.

    Raises FieldError for a network that does not run on such images.
    """
    network = unwrapped(network)
    watch = _Watch(network)
    count = channels(network, size)
    with inspecting(network) as image:
        try:
            watch.hook()
            network(image(count, pair(size)))
        except Exception as error:  # a forward method may do anything
            raise FieldError(
                f"{type(network).__name__} does not run on images of {points(pair(size))} ({first_line(error)})"
            ) from None
        finally:
            watch.unhook()
    return watch.found


class _Made(NamedTuple):
    """A tensor as a layer gave it out, until it is written to."""

    layer: str
    call: int
    state: object
    memory: StorageWeakRef  # as long as it is held, no other memory gets the same address


class _Watch:
    """Notes which layer made which tensor, and what poolings take, while the network runs."""

    def __init__(self, network: nn.Module) -> None:
        self.names = {module: name for module, name in hookable(network).items() if name}
        self.made: dict[int, _Made] = {}
        self.calls = Counter[nn.Module]()
        self.found: list[Feed] = []
        self.handles: list[Any] = []

    def hook(self) -> None:
        for module in self.names:
            self.handles.append(module.register_forward_hook(self.end))
            if isinstance(module, nn.MaxPool2d):
                self.handles.append(module.register_forward_pre_hook(self.take))

    def unhook(self) -> None:
        for handle in self.handles:
            handle.remove()

    def take(self, pool: nn.Module, inputs: tuple[Any, ...]) -> None:
        made = self._of(inputs[0]) if inputs and isinstance(inputs[0], Tensor) else None
        if made is not None:
            self.found.append(Feed(self.names[pool], self.calls[pool], made.layer, made.call))

    def end(self, module: nn.Module, _inputs: object, output: object) -> None:
        name, call = self.names[module], self.calls[module]
        self.calls[module] += 1
        try:
            tensor = first_tensor(output, name)
        except NoOutput:
            return
        if self._of(tensor) is None:
            storage = tensor.untyped_storage()
            self.made[storage._cdata] = _Made(name, call, _state(tensor), StorageWeakRef(storage))

    def _of(self, tensor: Tensor) -> _Made | None:
        made = self.made.get(tensor.untyped_storage()._cdata)
        return made if made is not None and made.state == _state(tensor) else None


def _state(tensor: Tensor) -> object:
    """What changes when a tensor is written to, or when another part of its memory is looked at."""
    return tensor._version, tuple(tensor.shape), tensor.stride(), tensor.storage_offset()
