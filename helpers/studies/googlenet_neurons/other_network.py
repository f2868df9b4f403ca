"""Another network than the one that is looked at, whose features an observer sees."""

from __future__ import annotations

from typing import NamedTuple

import torch

from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.weights import WeightsError

_LAYERS = {"squeezenet1_1": "features.12", "vgg16": "relu4_3", "googlenet": "mixed4e"}  # in the order of choice


class Observing(NamedTuple):
    """A network, and the layer whose units are an observer's features."""

    loaded: Pretrained
    layer: str


def other_network(loaded: Pretrained, device: torch.device | str = "cpu") -> Observing:
    """SqueezeNet, or what else is here and is not the network that is looked at; as well trained as that is.

    For the small networks that come with the project, another of them: no weights are downloaded for these.

    Raises WeightsError where there is no other network.
    """
    drawn = loaded.weights.source in ("embedded", "random")
    wanted = [name for name in _LAYERS if name != loaded.name and not (drawn and name == "squeezenet1_1")]
    fault = WeightsError(f"There is no other network than {loaded.name} here, whose features an observer could see.")
    for name in wanted:
        try:
            other = load(name, weights="embedded" if drawn else None, device=device)
        except WeightsError as error:
            fault = error
            continue
        return Observing(other, _LAYERS[name])
    raise fault
