"""One run of any network up to a layer, with autograd, and with a note on every function call on the way.

Every function of torch that the network calls passes a watch (``torch.overrides.TorchFunctionMode``), whether a layer
calls it or the network itself, and however often. The watch notes its kind (:mod:`helpers.attribution.functions`) and,
where a way back has a rule for rectifiers, puts the rule in: values stay those of the network, to the last bit.

Parameters are detached for the run, so that what needs a gradient is what comes from the image, and nothing else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor, jit, nn
from torch.func import functional_call
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from helpers.attribution.functions import RECTIFIERS, Kind, kind_of, name_of, settings_of, tensors, upper_end
from helpers.attribution.methods import CannotReverse
from helpers.attribution.pooling import refuse_empty_windows
from helpers.errors import BadInput, first_line
from helpers.hooks.call_graph import call_counts
from helpers.hooks.recording import StopForward, first_tensor, no_call

WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


# Nodes of autograd's graph that compiled code may leave, where no function was seen.
_RECTIFIERS = re.compile("(Relu|Hardtanh|LeakyRelu|Prelu|Elu|Gelu|Silu|Mish|Hardswish|Softplus|Threshold|torch::jit)")


class FunctionCall(NamedTuple):
    """One call of a function on the way from the image to the layer."""

    function: str
    layer: str  # the innermost layer that calls it; "" for the network itself
    kind: Kind
    end: float | None = None  # of a gate: the value at which it closes again
    mask: Bool[Tensor, ...] | None = None  # of a gate: where it is open, if masks were asked for


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a way back does at every rectifier, beside taking the derivative.

    masks: whether the derivative of a gate counts; a deconvnet goes without. rectify: whether what arrives is
    rectified. other: masks that replace those of the gates, in the order of their calls. own: the number of the gate
    whose output is the layer's own: it lets all pass, since its mask is part of the start.
    """

    masks: bool = True
    rectify: bool = False
    other: tuple[Bool[Tensor, ...], ...] | None = None
    own: int | None = None
    weights: Mapping[str, Tensor] = dataclasses.field(default_factory=dict)
    note_masks: bool = False

    def changes(self, kind: Kind, number: int) -> bool:
        """Whether a rectifier, if it is a gate that of this number, does more than to take its own derivative."""
        gate = kind is Kind.GATE and (number == self.own or not self.masks or self.other is not None)
        return self.rectify or gate


class Run(NamedTuple):
    """A run up to one call of a layer."""

    image: Tensor  # what gradients are asked for
    output: Tensor  # what the layer gives, with its graph
    value: Tensor  # the same, detached, as it was when the layer gave it
    call: int
    calls: tuple[FunctionCall, ...]  # on the way, in their order
    gates: tuple[FunctionCall, ...]  # all that were called, in their order
    own: int | None  # the number of the gate whose output the layer gives
    opaque: str  # a part of the network whose functions cannot be seen, or ""


def run(network: nn.Module, layer: str, asked: nn.Module, image: Tensor, *, call: int, rule: Rule | None = None) -> Run:
    """Send one image through the network up to a call of the layer (-1: the last).

    What comes behind the layer is run only as far as it has to be, to know which call is the last; it may fail.

    Raises CannotReverse if the network does not run on the image, or never comes to this call.
    """
    if call < 0 and (count := call_counts(network).get(asked)) is not None and count + call >= 0:
        call += count
    watch = _Watch(rule or Rule())
    given: list[tuple[Tensor, Tensor, Any, int]] = []  # output, value, its node, how many functions were called before

    def note(_module: nn.Module, _inputs: object, output: object) -> None:
        tensor = first_tensor(output, layer)
        given.append((tensor, tensor.detach().clone(), tensor.grad_fn, len(watch.calls)))
        if call == len(given) - 1:
            raise StopForward

    with torch.inference_mode(False), torch.enable_grad(), _named(network, watch), _exchanged(network, watch):
        leaf = image.detach().clone().requires_grad_()
        handle = asked.register_forward_hook(note)  # the last hook: it sees what the others made of the output
        try:
            with torch.compiler.set_stance("force_eager"), watch:
                functional_call(network, _detached(network), (leaf.clone().unsqueeze(0),))  # may write into the copy
        except StopForward:
            pass
        except BadInput:
            raise
        except Exception as error:  # a forward method may do anything
            if not given:
                sentence = f"{type(network).__name__} does not run on this image with gradients ({first_line(error)})"
                raise CannotReverse(sentence) from error
        finally:
            handle.remove()
    if not -len(given) <= call < len(given):
        raise CannotReverse(no_call(layer, len(given), call))
    output, value, node, before = given[call]
    return _finished(network, watch, leaf, output, value, node, before, call % len(given))


def _finished(
    network: nn.Module, watch: _Watch, leaf: Tensor, output: Tensor, value: Tensor, node: Any, before: int, call: int
) -> Run:
    reached = _behind(node)
    on_the_way = [one for one in watch.calls[:before] if one.always or not reached.isdisjoint(one.nodes)]
    own = [number for number, one in enumerate(watch.gates) if node is not None and node in one.nodes]
    opaque = [type(module).__name__ for module in network.modules() if isinstance(module, jit.ScriptModule)]
    opaque += [type(one).__name__ for one in reached if isinstance(one, torch.autograd.function.BackwardCFunction)]
    seen = {each for one in watch.calls for each in one.nodes}
    opaque += [one.name() for one in reached if _RECTIFIERS.match(one.name()) and one not in seen]
    opaque = [name for name in opaque if name not in ("_RuleBackward", "_ExchangeBackward")]
    calls = tuple(one.call for one in on_the_way)
    gates = tuple(one.call for one in watch.gates)
    return Run(leaf, output, value, call, calls, gates, own[0] if own else None, opaque[0] if opaque else "")


def _detached(network: nn.Module) -> dict[str, Tensor]:
    """Parameters without gradients, and copies of what a run would change or could not work with."""
    training = any(module.training for module in network.modules())
    state = {name: each.clone() if each.is_inference() else each.detach() for name, each in network.named_parameters()}
    for name, each in network.named_buffers():
        if training or each.is_inference():
            state[name] = each.clone()
    return state


def _behind(node: Any) -> set[Any]:
    """All nodes of autograd's graph that lead to this one."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in found:
            found.add(one)
            waiting += [source for source, _ in one.next_functions]
    return found


@contextmanager
def _named(network: nn.Module, watch: _Watch) -> Iterator[None]:
    """The watch knows which layer is running."""
    handles = []
    for name, module in network.named_modules():
        if re.search(r"Norm(alization|alisation)?([123]d)?$", type(module).__name__):
            watch.normalisations.add(name)
        if name and not isinstance(module, jit.ScriptModule):
            handles.append(module.register_forward_pre_hook(lambda *_, name=name: watch.layers.append(name)))
            handles.append(module.register_forward_hook(lambda *_: _left(watch.layers), always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _left(layers: list[str]) -> None:
    layers.pop()  # returns nothing: what a hook returns would replace the output


@contextmanager
def _exchanged(network: nn.Module, watch: _Watch) -> Iterator[None]:
    """Layers whose gradient is taken with other weights; what they give stays."""

    def exchange(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, weight: Tensor) -> Tensor:
        with torch._C.DisableTorchFunction():
            if isinstance(module, nn.Linear):
                other = functional.linear(inputs[0], weight)
            else:
                other = module._conv_forward(inputs[0], weight, None)  # type: ignore[operator]
        return _Exchange.apply(output.detach(), other)

    handles = [
        network.get_submodule(name).register_forward_hook(
            lambda module, inputs, output, weight=weight: exchange(module, inputs, output, weight)
        )
        for name, weight in watch.rule.weights.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Noted(NamedTuple):
    call: FunctionCall
    nodes: tuple[Any, ...]  # of autograd's graph
    always: bool  # it may lie on the way although its nodes do not: what it gives is a part of another tensor


class _Watch(TorchFunctionMode):
    """Notes every function call, and puts the rule in at rectifiers."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule, self.calls, self.gates = rule, list[_Noted](), list[_Noted]()
        self.layers = [""]  # that run at the moment, the innermost last
        self.normalisations = set[str]()  # layers that normalise by a formula of their own

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = name_of(func)
        kind = kind_of(name, args, kwargs)
        if kind in (Kind.OTHER, Kind.PRODUCT) and self.layers[-1] in self.normalisations:
            kind = Kind.NORMALISATION
        settings = settings_of(name, args, kwargs)
        if name == "max_pool2d":
            refuse_empty_windows(settings, self.layers[-1])
        x = args[0] if args else kwargs.get("input")
        end = upper_end(name, settings)
        changed = kind in RECTIFIERS and self.rule.changes(kind, len(self.gates))
        if changed and isinstance(x, Tensor) and x.requires_grad:
            result = self._rectifier(func, kind, x, args, kwargs)
        else:
            result = func(*args, **kwargs)
        mask = (result > 0) & (result < end) if self.rule.note_masks and end is not None else None
        self._note(FunctionCall(name, self.layers[-1], kind, end, mask), args, result)
        return result

    def _note(self, call: FunctionCall, args: tuple[Any, ...], result: object) -> None:
        given = [each for each in tensors(result) if each.requires_grad]
        written = result is None and any(each.requires_grad for each in tensors(args))  # x[...] = y
        if not given and not written and call.kind is not Kind.CHANCE:
            return
        nodes = tuple(each.grad_fn for each in given if each.grad_fn is not None)
        always = not nodes or any(each._is_view() and each is args[0] for each in given)
        noted = _Noted(call, nodes, always)
        self.calls.append(noted)
        if call.kind is Kind.GATE and given:
            self.gates.append(noted)

    def _rectifier(
        self, func: Callable[..., Any], kind: Kind, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Tensor:
        rule, number = self.rule, len(self.gates)
        copy = x.clone()  # an in-place rectifier works on a tensor of its own: that one gets the rule
        result = func(copy, *args[1:], **{name: value for name, value in kwargs.items() if name != "input"})
        in_place = result is copy
        if kind is Kind.GATE and number == rule.own:
            result = _Rule.apply(result.detach(), x, None, False)
        elif kind is Kind.GATE and (rule.other is not None or not rule.masks):
            mask = None if rule.other is None or not rule.masks else rule.other[number]
            result = _Rule.apply(result.detach(), x, mask, rule.rectify)
        elif rule.rectify:
            result.register_hook(lambda signal: signal.clamp(min=0))
        return x.copy_(result) if in_place else result


class _Rule(torch.autograd.Function):
    """A gate: its value, and on the way back a mask of its own (None: all pass) and a rectifier."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, x: Tensor, mask: Tensor | None, rectify: bool) -> Tensor:
        ctx.mask, ctx.rectify = mask, rectify
        return value.clone()

    @staticmethod
    def backward(ctx: Any, signal: Tensor) -> tuple[None, Tensor, None, None]:
        if ctx.mask is not None:
            signal = signal * ctx.mask
        return None, signal.clamp(min=0) if ctx.rectify else signal, None, None


class _Exchange(torch.autograd.Function):
    """One value, and the gradient of another."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, other: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: Any, signal: Tensor) -> tuple[None, Tensor]:
        return None, signal
