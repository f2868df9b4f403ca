"""Networks in a state in which they can be looked at, and as before afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import torch
from torch import Tensor, jit, nn
from torch.nn.parameter import UninitializedParameter

from helpers.hooks.names import CannotLookInside
from helpers.hooks.windows import Span


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """The network in eval mode within the block; afterwards every module has its own mode again.

    In training mode what a unit gives for an image depends on chance (dropout) and on the images beside it (batch
    normalisation), whose statistics it would change.
    """
    modes = {module: module.training for module in network.modules()}
    if any(modes.values()):
        with suppress(NotImplementedError):  # of torch.export, whose graphs have one mode
            network.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def uncompiled(network: nn.Module) -> AbstractContextManager:
    """Compiled code runs uncompiled in this context: it calls no hooks that came later."""
    compiled = any(
        hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
        for module in network.modules()
    )
    return torch.compiler.set_stance("force_eager") if compiled else nullcontext()


@contextmanager
def unchanged(network: nn.Module) -> Iterator[None]:
    """What forward methods keep on their modules within the block, such as a feature map, is forgotten afterwards.

    Random numbers go on as if nothing had run.
    """
    before = {module: dict(vars(module)) for module in network.modules()}
    held = [
        (value, value.copy())
        for attributes in before.values()
        for name, value in attributes.items()
        if type(value) in (list, dict) and not name.startswith("_")
    ]
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        for module, attributes in before.items():
            vars(module).clear()
            vars(module).update(attributes)
        for value, content in held:
            value.clear()
            value.extend(content) if isinstance(value, list) else value.update(content)


@contextmanager
def inspecting(network: nn.Module) -> Iterator[Callable[[int, Span], Tensor]]:
    """Eval mode, without gradients and uncompiled. Gives a function from channels and size to a black image.

    Afterwards the network is as before (:func:`unchanged`).

    Raises CannotLookInside for a TorchScript module, and a network whose weights do not exist yet.
    """
    if isinstance(network, jit.ScriptModule):
        raise CannotLookInside("a TorchScript network cannot be looked into; give the Python module it was made from")
    if any(isinstance(parameter, UninitializedParameter) for parameter in network.parameters()):
        raise CannotLookInside(f"{type(network).__name__} has weights that do not exist yet; run it on an image first")
    nothing = torch.empty(0, device="cpu")
    like = next((parameter for parameter in network.parameters() if parameter.is_floating_point()), nothing)

    def image(channels: int, size: Span) -> Tensor:
        return torch.zeros(1, channels, *size, device=like.device, dtype=like.dtype)

    with (
        unchanged(network),
        evaluating(network),
        torch.inference_mode(False),
        torch.no_grad(),
        uncompiled(network),
    ):
        yield image
