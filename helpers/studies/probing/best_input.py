"""The layer in which an ascent on the input begins, and the trees of what it found (probing, section 4)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.ascent.loop import Ascent, ascend
from helpers.ascent.objectives import Objective
from helpers.ascent.steps import StepRule
from helpers.attribution.contributions import contributions_refusal
from helpers.attribution.forward_pass import blank_image, forward
from helpers.hooks.call_graph import CannotTrace, call_graph
from helpers.hooks.deep_layer import NON_LINEARITIES, NoDeepLayer, deep_layer
from helpers.hooks.layer_table import layers

_BETWEEN = (nn.BatchNorm2d, nn.BatchNorm1d, nn.Dropout, nn.Dropout2d, nn.Identity)


def layer_before_rectifier(network: nn.Module, size: int) -> str:
    """A deep layer whose units have a gradient where they are silent, too.

    It is the one that gives a deep non-linearity its input. Where that is no single layer (a sum of branches), it is
    the last convolution with so few positions, and without one the deep layer itself.

    Raises what :func:`helpers.hooks.deep_layer.deep_layer` does.
    """
    deep = deep_layer(network, size)
    kinds = {layer.name: layer.kind for layer in layers(network, size)}
    if kinds[deep] not in NON_LINEARITIES:
        return deep
    try:
        source = next(iter(call_graph(network).ends[deep].all_input_nodes))
    except (CannotTrace, KeyError, StopIteration):
        source = None
    if source is not None and source.op == "call_module" and str(source.target) in kinds:
        return str(source.target)
    try:
        return deep_layer(network, size, usable=lambda layer: layer.kind == "Conv2d")
    except NoDeepLayer:
        return deep


def layer_of_trees(network: nn.Module, layer: str, size: int) -> tuple[str, str]:
    """The ReLU right behind a layer, or the layer itself, if units of it have trees; else "" and the reason why not."""
    names = [each.name for each in layers(network, size)]
    behind = names[names.index(layer) :] if layer in names else []
    relu = next((name for name in behind if isinstance(network.get_submodule(name), nn.ReLU)), "")
    if not relu:
        return "", f"no ReLU is behind {layer}, with which a tree could begin"
    if reason := contributions_refusal(network, relu, size):
        return "", reason
    stages = forward(network, relu, blank_image(network, size)).stages
    passed = [stage.name for stage in stages]
    between = [stage.module for stage in stages[passed.index(layer) + 1 : -1]] if layer in passed else [network]
    if not all(isinstance(module, _BETWEEN) for module in between):
        return "", f"no ReLU takes what {layer} gives, with which a tree could begin"
    return relu, ""


def climb(
    objective: Objective,
    start: Float[Tensor, "start channel row column"],
    *,
    step: StepRule,
    max_steps: int,
    batch: int,
    penalty: Objective | None = None,
) -> Ascent:
    """:func:`helpers.ascent.loop.ascend` for all starts, ``batch`` at a time."""
    parts = [ascend(objective, part, step=step, max_steps=max_steps, penalty=penalty) for part in start.split(batch)]
    x, value, reached, history = (
        torch.cat([getattr(part, name) for part in parts]) for name in ("x", "value", "reached", "history")
    )
    return Ascent(x, value, parts[0].steps, reached, history)
