"""The search for the best input of a unit: where it begins, how it climbs, what it finds (probing, section 4)."""

from __future__ import annotations

from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.ascent.loop import Ascent, ascend
from helpers.ascent.objectives import decay
from helpers.ascent.steps import sgd_step, within
from helpers.attribution.contributions import contributions_refusal
from helpers.attribution.forward_pass import blank_image, forward
from helpers.hooks.call_graph import CannotTrace, call_graph
from helpers.hooks.deep_layer import NON_LINEARITIES, NoDeepLayer, deep_layer
from helpers.hooks.layer_table import layers
from helpers.metrics.similarity import correlation
from helpers.models.preprocessing import Preprocessing
from helpers.studies.probing.part_in_view import PartInView

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


def search(
    part: PartInView,
    unit: int,
    start: Float[Tensor, "start channel row column"],
    *,
    rate: float,
    steps: int,
    batch: int,
    bounds: tuple[Tensor, Tensor] | None = None,
    decayed: bool = False,
) -> Ascent:
    """Climb from all starts, ``batch`` at a time, by the plain gradient (equation 10).

    rate: the length of the first step, as a share of the length of the start, in the mean over the starts: gradients
    differ in size from network to network, so a plain rate would mean nothing.
    bounds: the least and the greatest value of each channel, (channel, 1, 1), to which every step is cut.
    decayed: whether a penalty on the squared length holds the search: where it alone equals the first gradient, an
    input has the length of the start.
    """
    objective = part.objective(unit)
    length = float(start.flatten(1).norm(dim=1).mean())
    slope = float(part.gradient(unit, start).flatten(1).norm(dim=1).mean().clamp(min=1e-12))
    step = sgd_step(rate * length / slope, fused=True)
    step = step if bounds is None else within(step, *bounds)
    penalty = decay(slope / length) if decayed else None
    parts = [ascend(objective, few, step=step, max_steps=steps, penalty=penalty) for few in start.split(batch)]
    x, value, reached, history = (
        torch.cat([getattr(one, name) for one in parts]) for name in ("x", "value", "reached", "history")
    )
    return Ascent(x, value, parts[0].steps, reached, history)


def growth(found: Ascent) -> float:
    """Growth over the last tenth of the steps, over the value reached, in the mean over the starts."""
    late = max(1, found.history.shape[-1] // 10)
    return float(((found.value - found.history[:, -late]) / found.value.abs().clamp(min=1e-12)).mean())


def share_apart(pictures: Float[Tensor, "start channel row column"], *, alike: float = 0.9) -> float:
    """Share of the pairs of pictures that correlate by less than ``alike``."""
    return float((correlations(pictures) < alike).float().mean())


def correlations(pictures: Float[Tensor, "start channel row column"]) -> Float[Tensor, " pair"]:
    """Correlation of every pair of pictures."""
    flat = pictures.flatten(1)
    return torch.stack([correlation(flat[a], flat[b]) for a, b in combinations(range(len(flat)), 2)])


def deviation(inputs: Float[Tensor, "image channel row column"]) -> float:
    """The standard deviation of the images, in the units of the network's input: the unit of starts and steps."""
    return float(inputs.std(dim=(0, 2, 3)).square().mean().sqrt())


def range_of_images(prepare: Preprocessing, *, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """The inputs of a black and of a white image: (channel, 1, 1) each."""
    black, white = prepare(torch.tensor([0.0, 1.0], device=device).view(2, 1, 1, 1).expand(2, prepare.channels, 1, 1))
    return black, white
