"""A network cut behind one layer: what the layer does not need is not run, neither forwards nor backwards.

run = cut_behind(network, "mixed4a_5x5_pre_relu")  # the other branches of mixed4a are gone
run(images)  # the output of that layer, with its gradient
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

from helpers.errors import BadInput
from helpers.hooks.modes import evaluating
from helpers.hooks.names import chosen_layers, unwrapped
from helpers.hooks.recording import record
from helpers.models.initialisation import copied


class Cut(nn.Module):
    """The part of a network, on weights of its own, that a layer needs; its output is that of the layer's last call.

    network: the part, or all of a network that could not be traced.
    layer: the name of the layer.
    traced: whether only what the layer needs is left; else the forward pass ends at the layer, but what stands before
    it is run, also what it does not need.
    """

    def __init__(self, network: nn.Module, layer: str, *, traced: bool) -> None:
        super().__init__()
        self.network, self.layer, self.traced = network, layer, traced

    def forward(self, x: Tensor) -> Tensor:
        if self.traced:
            output: Tensor = self.network(x)[self.layer]
            return output
        with record(self.network, [self.layer], stop=True, detach=False, clone=False) as outputs:
            self.network(x)
        recorded: Tensor = outputs[self.layer]
        return recorded


def cut_behind(network: nn.Module, layer: str) -> Cut:
    """A copy of the network in eval mode, with frozen weights, of which nothing is run that ``layer`` does not need.

    layer: a name of ``network.named_modules()``.

    A network whose forward method cannot be traced is stopped behind the layer instead (:class:`Cut`). Raises
    UnknownLayer, with the nearest names, for a layer that the network does not have, and BadInput for a network that
    cannot be copied.
    """
    chosen_layers(network, [layer])
    own = copied(unwrapped(network)).eval().requires_grad_(False)
    with evaluating(own):
        part = _traced(own, layer)
    return Cut(own, layer, traced=False) if part is None else Cut(part, layer, traced=True)


def _traced(network: nn.Module, layer: str) -> nn.Module | None:
    trace: Callable[..., nn.Module] = create_feature_extractor
    whole = [type(module) for module in network.modules() if not any(module.children())]  # what is in them stays so
    try:
        part = trace(network, {layer: layer}, tracer_kwargs={"leaf_modules": whole}, suppress_diff_warning=True)
        return part.eval().requires_grad_(False)
    except BadInput:
        raise
    except Exception:  # a forward method may do anything
        return None
