"""The tree behind one activation (probing, section 2, figure 3): what its receptive field holds, and what takes part.

Of the units of every layer below, some are in the receptive field, some of those are active on the image, and some of
those contribute: a path of weights other than zero leads from them through active units and switches to the unit
asked for. Connections are counted likewise. All counts are exact; zeros of the padding are no units.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor, nn
from torch.nn import functional

from helpers.attribution.chain import Stage, geometry
from helpers.attribution.forward_pass import ForwardPass, blank_image, forward, receptive_field_windows
from helpers.attribution.methods import CannotReverse
from helpers.errors import BadInput
from helpers.hooks.windows import Span, Window


class LayerContributions(NamedTuple):
    """One layer of the tree, cut to the window that holds its receptive field: the image, or the units behind a ReLU.

    Connections join these units, pooled if there is a pooling above them, to those of the next level up.
    """

    layer: str
    window: Window
    in_view: Bool[Tensor, "channel height width"]
    active: Bool[Tensor, "channel height width"]  # and in view
    contributing: Bool[Tensor, "channel height width"]
    used: int  # connections of weights other than zero between units that contribute
    potential: int  # connections between units in view


def contributions(
    passage: ForwardPass, *, unit: int, position: tuple[int, ...] | None
) -> tuple[LayerContributions, ...]:
    """The tree of one unit of the passage's layer, a ReLU, at one position: the image first, the layer itself last.

    All of the image, and of a layer without a ReLU, counts as active. Below a unit that is silent on the image nothing
    contributes. A layer without spatial dimensions has windows of one position.

    position: (row, column) in the layer, or None for a layer without spatial dimensions.

    Raises BadInput for a position or a unit that the layer does not have, and CannotReverse for a layer that is no
    ReLU, an average on the way, and a network that is no chain.
    """
    _check(passage)
    windows = receptive_field_windows(passage, position)
    count = passage.activation.shape[0]
    if not 0 <= unit < count:
        raise BadInput(f"the layer {passage.layer} has no unit {unit}; its units go from 0 to {count - 1}")
    live = _live(passage)
    view = torch.zeros_like(passage.activation, dtype=torch.bool)
    view[(unit,) if position is None else (unit, *position)] = True
    reached = view & live[-1]
    levels, used, potential, top = (
        list[LayerContributions](),
        0,
        0,
        True,
    )  # top: nothing yet of the level that begins here
    planes = zip(passage.stages, windows[1:], live[1:], live[:-1], strict=True)
    for stage, window, above, below in reversed(list(planes)):
        weighted = isinstance(stage.module, (nn.Conv2d, nn.Linear))
        if top and (weighted or isinstance(stage.module, nn.ReLU)):
            cuts = (_cut(view, window), _cut(view & above, window), _cut(reached, window))
            levels.append(LayerContributions(stage.name, window, *cuts, used, potential))
            top = False
        if not weighted:
            view, reached = _candidates(stage, view), _source(stage, reached) & below
            continue
        assert isinstance(stage.module.weight, Tensor)
        possible, paths = _connections(stage, view, None), _connections(stage, reached, stage.module.weight)
        view, reached, top = possible > 0, (paths > 0) & below, True
        used, potential = int(paths[reached].sum()), int(possible.sum())
    cuts = (_cut(view, windows[0]), _cut(view, windows[0]), _cut(reached, windows[0]))
    return (LayerContributions("image", windows[0], *cuts, used, potential), *reversed(levels))


def contributions_refusal(network: nn.Module, layer: str, size: int | Span, *, call: int = -1) -> str:
    """Why units of a layer have no tree on images of this size: one sentence, "" if they have one.

    As cheap as :func:`helpers.attribution.forward_pass.refusal`.
    """
    try:
        _check(forward(network, layer, blank_image(network, size), call=call))
    except BadInput as error:
        return str(error)
    return ""


def _check(passage: ForwardPass) -> None:
    if passage.graph is not None:
        raise CannotReverse(
            f"the layer {passage.layer} has no tree: the way to it is no chain of convolutions, linear layers, ReLUs, "
            "poolings and BatchNorm, each of which takes what the one before gives"
        )
    if not isinstance(passage.stages[-1].module, nn.ReLU):
        raise CannotReverse(f"the layer {passage.layer} is no ReLU; a tree begins at an activation behind one")
    for stage in passage.stages:
        if isinstance(stage.module, (nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
            kind = type(stage.module).__name__
            raise CannotReverse(f"the layer {stage.name} ({kind}) has no tree; an average has no active inputs")


def _cut(plane: Tensor, window: Window) -> Tensor:
    if plane.dim() == 1:
        return plane.view(-1, 1, 1)
    return plane[:, *window.slices]


def _live(passage: ForwardPass) -> list[Tensor]:
    """For every plane from the image up: which units an active unit stands behind."""
    live = [torch.ones_like(passage.image, dtype=torch.bool)]
    for stage in passage.stages:
        module, below = stage.module, live[-1]
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            above = torch.ones(stage.above, dtype=torch.bool, device=below.device)
        elif stage.mask is not None:
            above = stage.mask
        elif stage.switches is not None:
            above = below.flatten(1).gather(1, stage.switches.flatten(1)).view(stage.above)
        else:
            above = below.reshape(stage.above)
        live.append(above)
    return live


def _candidates(stage: Stage, above: Tensor) -> Tensor:
    """The units below a layer without weights that some of these units could take their value from."""
    if not isinstance(stage.module, nn.MaxPool2d):
        return _source(stage, above)
    kernel = torch.ones(len(above), 1, *geometry(stage.module)[0], device=above.device)
    return _spread(stage, above, kernel, groups=len(above)) > 0


def _source(stage: Stage, above: Tensor) -> Tensor:
    """The units below a layer without weights that some of these units do take their value from."""
    if stage.switches is not None:
        below = torch.zeros(stage.below, device=above.device)
        below.flatten(1).scatter_add_(1, stage.switches.flatten(1), above.flatten(1).float())
        return below > 0
    return above.reshape(stage.below)


def _connections(stage: Stage, above: Tensor, weight: Tensor | None) -> Tensor:
    """For every unit below, the number of its connections to these units above: all, or those of weights not zero."""
    module = stage.module
    if isinstance(module, nn.Linear):
        if weight is None:
            return above.sum().expand(stage.below)
        return ((weight != 0).float().t() @ above.float()).long()
    assert isinstance(module, nn.Conv2d)
    if weight is not None:
        return _spread(stage, above, (weight != 0).float(), groups=module.groups)
    together = above.unflatten(0, (module.groups, -1)).sum(1)  # a channel below meets all channels of its group
    kernel = torch.ones(module.groups, 1, *module.kernel_size, device=above.device)
    return _spread(stage, together, kernel, groups=module.groups).repeat_interleave(stage.below[0] // module.groups, 0)


def _spread(stage: Stage, above: Tensor, kernel: Tensor, *, groups: int) -> Tensor:
    """A transposed convolution of counts, cut to the plane below."""
    _, stride, (top, left), dilation = geometry(stage.module)  # type: ignore[arg-type]
    x = functional.conv_transpose2d(above.float().unsqueeze(0), kernel, None, stride, 0, 0, groups, dilation)[0]
    _, height, width = stage.below
    return functional.pad(x, (-left, width + left - x.shape[2], -top, height + top - x.shape[1])).round().long()
