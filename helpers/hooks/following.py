"""Runs a network on one image and follows what every entry of every tensor sees of it, operation by operation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from helpers.hooks import movements, operations, products
from helpers.hooks.bounds import Bounds, Seen, nothing, of_image
from helpers.hooks.names import hookable
from helpers.hooks.operations import pointwise
from helpers.hooks.rules import RULES, Call

assert movements and operations and products  # they fill the table of rules

_NEW = frozenset({"empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "empty_strided"})
_NEW |= {"new_empty", "new_zeros", "new_ones", "new_full", "new_empty_strided", "bernoulli", "sym_size"}
_DECIDE = frozenset({"_local_scalar_dense", "is_nonzero", "equal", "nonzero", "nonzero_static"})


class Follower(TorchDispatchMode):
    """Follows all operations while it is entered. Tensors that nothing is known of do not look at the image."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()
        self.running: list[str] = []  # the modules that run, the innermost one last
        self.decided = ""  # what asked for values of the image; all that follows may depend on the answer

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        inputs = [leaf for leaf in pytree.tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        known = [bounds for leaf in inputs if (bounds := self.seen.get(leaf)) is not None]
        name = func.overloadpacket.__name__
        if name in _DECIDE and any(bounds.unknown or bounds.planes.isfinite().any() for bounds in known):
            self.decided = self.decided or f"a decision by the image's values{self._place()}"
        if (known or self.decided) and not _is_view(func, output, inputs) and name not in _NEW:
            self._follow(func, args, kwargs, output, known)
        return output

    def _follow(self, func: Any, args: Any, kwargs: Any, output: Any, known: list[Bounds]) -> None:
        outputs = [leaf for leaf in pytree.tree_leaves(output) if isinstance(leaf, Tensor)]
        if not outputs:
            return
        call = Call(func, args, kwargs, outputs[0], self.seen)
        bounds = self._bounds(call, known)
        self.seen.set(outputs[0], bounds)
        for other in outputs[1:]:  # the same for indices of maxima, say
            same = other.shape == outputs[0].shape
            self.seen.set(other, bounds if same else _unknown(self._where(call.name), other))

    def _bounds(self, call: Call, known: list[Bounds]) -> Bounds:
        """What the first output sees; unknown behind what is not known."""
        before = self.decided or next((bounds.unknown for bounds in known if bounds.unknown), "")
        if before:
            return _unknown(before, call.output)
        rule = RULES.get(call.name) or RULES.get(call.name.removesuffix("_"))
        if rule is None and any(
            torch.Tag.pointwise in getattr(call.func.overloadpacket, overload).tags
            for overload in call.func.overloadpacket.overloads()
        ):
            rule = pointwise
        if rule is None:
            return _unknown(self._where(call.name), call.output)
        try:
            return rule(call)
        except Exception:  # NotKnown, or a use that the rule did not foresee
            return _unknown(self._where(call.name), call.output)

    def of(self, tensor: Tensor) -> Bounds | None:
        """What is known of a tensor now; None for one that does not look at the image."""
        return _unknown(self.decided, tensor) if self.decided else self.seen.get(tensor)

    def _where(self, operation: str) -> str:
        return f"{operation.strip('_')}{self._place()}, whose receptive field is not known"

    def _place(self) -> str:
        return f" in {self.running[-1]}" if self.running and self.running[-1] else ""


def _is_view(func: Any, output: Any, inputs: list[Tensor]) -> bool:
    """Whether an operation gives out memory of its input as it is, also where its schema does not say so."""
    if func.is_view or torch.Tag.inplace_view in func.tags:
        return True
    if func._schema.is_mutable or not isinstance(output, Tensor):
        return False
    return any(output.untyped_storage()._cdata == leaf.untyped_storage()._cdata for leaf in inputs)


def _unknown(name: str, tensor: Tensor) -> Bounds:
    planes = nothing(tensor.shape)
    return Bounds(planes, planes[0], (Fraction(1), Fraction(1)), name)


def follow(network: nn.Module, images: Tensor, ended: Callable[[nn.Module, Any, Follower], None]) -> None:
    """Run a network on images, all of whose points are followed.

    ended: called whenever a layer's call ends, with the layer, its output, and what knows of tensors.
    """
    follower = Follower()
    follower.seen.set(images, of_image(images.shape))

    def end(module: nn.Module, _inputs: Any, output: Any) -> None:
        follower.running.pop()
        ended(module, output, follower)

    handles = []
    try:
        for module, name in hookable(network).items():
            begin = module.register_forward_pre_hook(lambda _module, _inputs, name=name: follower.running.append(name))
            handles += [begin, module.register_forward_hook(end)]
        with follower:
            network(images)
    finally:
        for handle in handles:
            handle.remove()
